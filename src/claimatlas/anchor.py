"""Exact anchoring of quotes in an article's text.

A quote is accepted only where the article has exactly its characters between two word boundaries.
Nothing is normalised before the comparison; similarity serves suggestions, never acceptance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

import regex

# Word boundaries after Unicode Standard Annex 29, "Unicode Text Segmentation": no boundary inside
# "doesn’t", "0.05" or an emoji sequence, one between every two ideographs. Our own addition: a
# hyphenated compound is one word, so that "significant effect" is not found inside
# "non-significant effect", nor "10" in "10-14 days". And a narrow no-break space, which the Annex
# counts to the word for the sake of Mongolian, parts words, as French sets it before "?" and "»".
_BOUNDARY = regex.compile(
    r"(?w)\b(?!(?<=\w[-‐‑])\w|(?<=\w)[-‐‑]\w)|(?<=\u202f)(?!\p{M})|(?=\u202f)"
)

# Characters that readers take for the same; used for suggestions only. One to one, so offsets hold.
_LOOKALIKES = str.maketrans(
    "‘’‚‛′`´“”„‟″«»‐‑‒–—―−\u00a0\u2007\u2009\u202f\t\n",
    "'" * 7 + '"' * 7 + "-" * 7 + " " * 6,
)

# Markdown: headings, lines that no sentence runs out of or into (also blank ones), and lines that
# begin a sentence.
_HEADING = regex.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_ALONE = regex.compile(r"[\s\x1c-\x1f]*(?:#{1,6}(?:[ \t]|$)|\||```|~~~|(?:[-=*_][ \t]*){3,}$|$)")
_BEGINS = regex.compile(r"\s*(?:[-*+•‣◦–—]|\d{1,3}[.)]|>)[ \t]")
_LINE = regex.compile(r"^.*$", regex.MULTILINE)
# What may stand behind a sentence's end and belongs to it, and what makes a place between two.
_CLOSERS = regex.compile(r"[*_\p{Pe}\p{Pf}\"'”’]*")
_BETWEEN = regex.compile(r"(?<=\s)|(?=[\s\p{L}\p{N}\p{Pi}「『（《〈【])")
# The library takes a full stop of Chinese or Japanese before a number for a decimal point.
_FULL_STOP = regex.compile(r"(?<=[。！？])(?=\p{N})")
# Up to the first letter of a script without spaces, whose lines may break anywhere.
_BREAKS = regex.compile(r".*?[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_WINDOW = 2000
_WRAPPED = range(40, 201)  # characters of the longest line of a paragraph that an editor wrapped


@dataclass(frozen=True)
class Mismatch:
    """Why a quote is not accepted.

    Parameters
    ----------
    kind : str
        ``reversed``, ``out_of_range``, ``inside_word``, ``elsewhere``, ``lookalike`` or ``absent``.
    problem : str
        What is wrong, in words.
    remedy : str
        What to do about it, with the nearest exact text where there is one.
    """

    kind: str
    problem: str
    remedy: str


def is_boundary(text: str, offset: int, seams: Collection[int] = ()) -> bool:
    """Say whether a quote may begin or end at an offset.

    Parameters
    ----------
    text : str
        The article's decoded text.
    offset : int
        Characters from the start, 0 to ``len(text)``.
    seams : collection of int
        Offsets at which the received text ran two pieces together; each counts as a boundary.

    Returns
    -------
    bool
        True at the text's ends, at a seam, and at a word boundary (Unicode Annex 29) that is not
        beside the hyphen of a compound.
    """
    return offset in (0, len(text)) or offset in seams or bool(_BOUNDARY.match(text, offset))


def check_quote(
    text: str, start: int, end: int, quote: str, seams: Collection[int] = ()
) -> Mismatch | None:
    """Compare a quote with the characters of a text between two offsets.

    Parameters
    ----------
    text : str
        The article's decoded text.
    start, end : int
        Offsets in characters from 0, `end` behind the last character.
    quote : str
        The quote as recorded.
    seams : collection of int
        Offsets that count as word boundaries.

    Returns
    -------
    Mismatch or None
        None where the quote stands exactly there, between word boundaries.
    """
    if start >= end:
        kind, problem = "reversed", f"start {start} is not before end {end}"
    elif start < 0 or end > len(text):
        kind, problem = "out_of_range", f"{start}:{end} is outside the article's 0:{len(text)}"
    elif text[start:end] == quote:
        cut = [at for at in (start, end) if not is_boundary(text, at, seams)]
        if not cut:
            return None
        problem = f"offset {cut[0]} is inside a word"
        return Mismatch("inside_word", problem, _near(text, widen(text, start, end, seams)))
    elif quote in text:
        kind, problem = "elsewhere", f"the article has {_short(text[start:end])} at {start}:{end}"
    elif _fold(quote) in _fold(text):
        kind = "lookalike"
        problem = "matches only after changing case, dashes, quotation marks or spaces"
    else:
        kind, problem = "absent", "is not in the article"
    return Mismatch(kind, problem, _where(text, quote))


def find_all(text: str, quote: str) -> list[int]:
    """List every offset at which a quote occurs exactly.

    Parameters
    ----------
    text, quote : str
        The article's text, and the words looked for.

    Returns
    -------
    list of int
        Offsets in rising order; overlapping occurrences count. Empty for an empty quote.
    """
    places = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        places.append(at)
        at = text.find(quote, at + 1)
    return places


def only_place(text: str, quote: str, seams: Collection[int] = ()) -> int | None:
    """Return the offset of a quote that stands exactly once, between word boundaries.

    Parameters
    ----------
    text, quote : str
        The article's text, and the words looked for.
    seams : collection of int
        Offsets that count as word boundaries.

    Returns
    -------
    int or None
        None where the quote stands nowhere, more than once, or cuts a word.
    """
    at, *more = find_all(text, quote) or [-1]
    return None if at < 0 or more or check_quote(text, at, at + len(quote), quote, seams) else at


def nearest(text: str, quote: str, cutoff: float = 60.0) -> tuple[int, int] | None:
    """Find the stretch of a text most like a quote, for a message.

    Parameters
    ----------
    text, quote : str
        The article's text, and the words that do not stand in it.
    cutoff : float
        Least similarity, 0 to 100 (rapidfuzz's normalised indel similarity).

    Returns
    -------
    (int, int) or None
        Start and end of the stretch, widened to whole words; None where nothing is like it.
    """
    from rapidfuzz import fuzz

    folded, wanted = _fold(text), _fold(quote)
    if quote and (at := folded.find(wanted)) >= 0:
        return at, at + len(quote)
    best = fuzz.partial_ratio_alignment(wanted, folded, score_cutoff=cutoff)
    span = widen(text, best.dest_start, best.dest_end) if best else (0, 0)
    return span if span[0] < span[1] else None


def nearest_few(text: str, quote: str, most: int = 3) -> list[tuple[int, int]]:
    """Find the stretches of a text most like a quote, the best first.

    Parameters
    ----------
    text, quote : str
        The article's text, and the words that do not stand in it.
    most : int
        How many to offer at most.

    Returns
    -------
    list of (int, int)
        Start and end of each, whole words, none over another.
    """
    found: list[tuple[int, int]] = []
    # A stretch over one that was found is not like the quote by itself.
    while len(found) < most and (span := nearest(text, quote)) and "\0" not in text[slice(*span)]:
        found.append(span)
        text = text[: span[0]] + "\0" * (span[1] - span[0]) + text[span[1] :]
    return found


def primary(tag: str) -> str:
    """Return the language of a BCP 47 tag, without script and region.

    Parameters
    ----------
    tag : str
        The tag; it may be empty.

    Returns
    -------
    str
        The primary subtag in lower case.
    """
    return tag.partition("-")[0].lower()


def sentences(text: str, language: str = "en") -> list[tuple[int, int]]:
    """Cut a text into sentences, by the library sentencex.

    A sentence never spans a blank line, a Markdown heading, a row of a table, the beginning of a
    list's item, or the end of a line that an editor did not wrap.

    Parameters
    ----------
    text : str
        The article's decoded text.
    language : str
        Its language as a BCP 47 tag; one that the library does not know is cut as English.

    Returns
    -------
    list of (int, int)
        Start and end of each in characters, in order, without white space at the edges. Together
        they hold every character but white space between them; cuts are word boundaries.
    """
    known = primary(language)
    spans = []
    for begin, end in _blocks(text):
        at = begin
        for cut in [*_cuts(text, begin, end, known), end]:
            piece = text[at:cut]
            if cut < end and _BEGINS.fullmatch(piece):  # the number of a list's item
                continue
            if words := piece.strip():
                start = text.index(words, at)
                spans.append((start, start + len(words)))
            at = cut
    return spans


def _cuts(text: str, begin: int, end: int, language: str) -> Iterator[int]:
    """Yield the offsets between the sentences of one stretch, in rising order.

    The library needs time with the square of a paragraph's length, so it gets a window at a time,
    and what it calls the window's last sentence begins the next window.
    """
    from sentencex import get_sentence_boundaries

    at, size = begin, _WINDOW
    while at < end:
        upto = min(at + size, end)
        found = {at + b["start_index"] for b in get_sentence_boundaries(language, text[at:upto])}
        found |= {stop.start() for stop in _FULL_STOP.finditer(text, at, upto)}
        starts = sorted(start for start in found if at < start < upto)
        for start in starts:
            cut = start if text[start - 1].isspace() else _CLOSERS.match(text, start).end()
            if cut < end and _BETWEEN.match(text, cut) and is_boundary(text, cut):
                yield cut
        if upto == end:
            return
        at, size = (starts[-1], _WINDOW) if starts else (at, 2 * size)


def headings(text: str, known: Collection[str] = ()) -> list[tuple[int, str]]:
    """List the headings of a text: where each begins, and its line as it stands.

    Parameters
    ----------
    text : str
        The article's text.
    known : collection of str
        Lines that are headings beside those that Markdown marks.

    Returns
    -------
    list of (int, str)
        In order.
    """
    found, fenced = [], False
    for match in _LINE.finditer(text):
        line = match[0]
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if line in known or (not fenced and _HEADING.match(line)):
            found.append((match.start(), line))
    return found


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches that no sentence leaves: wrapped lines of one paragraph, or one line."""
    for alone, group in groupby(_LINE.finditer(text), lambda line: bool(_ALONE.match(line[0]))):
        lines = list(group)
        yield from (line.span() for line in lines) if alone else _unwrapped(lines)


def _unwrapped(lines: list[regex.Match]) -> Iterator[tuple[int, int]]:
    """Join the lines of a paragraph that an editor wrapped, or that go on with a small letter.

    An editor wrapped a paragraph where no next line's first word had room in the widest line.
    """
    widest = max(len(line[0]) for line in lines)
    words = {line: line[0].split(maxsplit=1)[0] for line in lines if not _BEGINS.match(line[0])}
    first = {line: (_BREAKS.match(word) or [word])[0] for line, word in words.items()}
    wrapped = widest in _WRAPPED and all(
        len(a[0]) + 1 + len(first[b]) > widest for a, b in pairwise(lines) if b in first
    )
    start = lines[0].start()
    for a, b in pairwise(lines):
        if b not in first or not (wrapped or first[b][0].islower()):
            yield start, a.end()
            start = b.start()
    yield start, lines[-1].end()


@lru_cache(maxsize=16)  # many quotes of one article may need its folded text
def _fold(text: str) -> str:
    """Fold case and look-alike characters, one character for one."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text).translate(_LOOKALIKES)


def widen(text: str, start: int, end: int, seams: Collection[int] = ()) -> tuple[int, int]:
    """Move both ends off white space at the edges, and outwards to the next word boundary.

    Parameters
    ----------
    text : str
        The article's text.
    start, end : int
        Offsets in characters.
    seams : collection of int
        Offsets that count as word boundaries.

    Returns
    -------
    (int, int)
        Start and end of the whole words.
    """
    words = text[start:end].strip()
    start = text.index(words, start)
    end = start + len(words)
    while not is_boundary(text, start, seams):
        start -= 1
    while not is_boundary(text, end, seams):
        end += 1
    return start, end


def _where(text: str, quote: str) -> str:
    """Say where a quote stands, or what is nearest to it."""
    places = find_all(text, quote)
    if places:
        shown = ", ".join(f"{at}:{at + len(quote)}" for at in places[:3])
        shown += f" and {len(places) - 3} more places" if len(places) > 3 else ""
        choose = "; write the offsets of the one that is meant" if len(places) > 1 else ""
        return f"the quote stands at {shown}{choose}"
    if span := nearest(text, quote):
        return _near(text, span)
    return "nothing like it stands in the article; copy the words from the article"


def _near(text: str, span: tuple[int, int]) -> str:
    return "nearest: {} at {}:{}".format(_short(text[slice(*span)]), *span)


def _short(words: str, most: int = 160) -> str:
    return repr(words if len(words) <= most else words[: most - 1] + "…")
