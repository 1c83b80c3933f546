"""Exact anchoring of quotes in an article's text.

A quote is accepted only where the article has exactly its characters between two word boundaries.
Nothing is normalised before the comparison; similarity serves suggestions, never acceptance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

# Word boundaries after Unicode Standard Annex 29, "Unicode Text Segmentation": no boundary inside
# "doesn’t", "0.05" or an emoji sequence, one between every two ideographs.
_BOUNDARY = regex.compile(r"(?w)\b")

# Our own addition: a hyphenated compound is one word, so that "significant effect" is not found
# inside "non-significant effect", nor "10" in "10-14 days".
_COMPOUND = regex.compile(r"(?<=\w[-‐‑])(?=\w)|(?<=\w)(?=[-‐‑]\w)")

# Characters that readers take for the same; used for suggestions only. One to one, so offsets hold.
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t\n", " "),
    }
)

# Markdown: lines that no sentence runs out of or into, and lines that begin a sentence.
_HEADING = regex.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_ALONE = regex.compile(r"\s*(?:#{1,6}(?:[ \t]|$)|\||```|~~~|(?:[-=*_][ \t]*){3,}$)")
_BEGINS = regex.compile(r"\s*(?:[-*+•‣◦–—]|\d{1,3}[.)]|>)[ \t]")
_CLOSERS = regex.compile(r"[*_\p{Pe}\p{Pf}\"'”’]*")
_OPENS = regex.compile(r"[\p{L}\p{N}\p{Pi}「『（《〈【]")
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
    if offset in (0, len(text)) or offset in seams:
        return True
    if _COMPOUND.match(text, offset):
        return False
    return _BOUNDARY.match(text, offset) is not None


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
        return Mismatch("reversed", f"start {start} is not before end {end}", _where(text, quote))
    if start < 0 or end > len(text):
        problem = f"{start}:{end} is outside the article's 0:{len(text)}"
        return Mismatch("out_of_range", problem, _where(text, quote))
    if text[start:end] != quote:
        return _missed(text, start, end, quote)
    for offset in (start, end):
        if not is_boundary(text, offset, seams):
            problem = f"offset {offset} is inside a word"
            return Mismatch("inside_word", problem, f"nearest: {_snapped(text, start, end, seams)}")
    return None


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
    found, at = [], text.find(quote) if quote else -1
    while at >= 0:
        found.append(at)
        at = text.find(quote, at + 1)
    return found


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
    at = text.find(quote) if quote else -1
    if at < 0 or text.find(quote, at + 1) >= 0:
        return None
    return at if check_quote(text, at, at + len(quote), quote, seams) is None else None


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

    if not quote or not text:
        return None
    folded, wanted = _fold(text), _fold(quote)
    at = folded.find(wanted)
    if at >= 0:
        return at, at + len(quote)
    best = fuzz.partial_ratio_alignment(wanted, folded, score_cutoff=cutoff)
    if best is None or best.dest_start >= best.dest_end:
        return None
    return widen(text, best.dest_start, best.dest_end)


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
    rest = text
    while len(found) < most and (span := nearest(rest, quote)):
        start, end = span
        if "\0" in rest[start:end]:  # what is left is not like it by itself
            break
        found.append(span)
        rest = rest[:start] + "\0" * (end - start) + rest[end:]
    return found


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
    known = language.partition("-")[0].lower()
    spans = []
    for begin, end in _blocks(text):
        at = begin
        for cut in [*_cuts(text, begin, end, known), end]:
            piece = text[at:cut]
            if cut < end and _BEGINS.fullmatch(piece):  # the number of a list's item
                continue
            if words := piece.strip():
                start = at + len(piece) - len(piece.lstrip())
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
        starts = [at + b["start_index"] for b in get_sentence_boundaries(language, text[at:upto])]
        last = max((s for s in starts if at < s < upto), default=at)
        for start in sorted(s for s in set(starts) if at < s <= last):
            cut = start if text[start - 1].isspace() else _CLOSERS.match(text, start).end()
            apart = cut < end and (text[cut - 1 : cut + 1].strip() != text[cut - 1 : cut + 1])
            if (apart or _OPENS.match(text, cut)) and cut < end and is_boundary(text, cut):
                yield cut
        if upto == end:
            return
        at, size = (last, _WINDOW) if last > at else (at, 2 * size)


def headings(text: str) -> list[tuple[int, str]]:
    """List the Markdown headings of a text: where each begins, and its line as it stands."""
    found, fenced = [], False
    for start, end in _lines(text):
        line = text[start:end]
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if not fenced and _HEADING.match(line):
            found.append((start, line))
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every line, without its line feed."""
    at = 0
    for line in text.split("\n"):
        yield at, at + len(line)
        at += len(line) + 1


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches that no sentence leaves: wrapped lines of one paragraph, or one line."""
    paragraph: list[tuple[int, int]] = []
    for start, end in _lines(text):
        alone = _ALONE.match(text, start, end)
        if alone or not text[start:end].strip():
            yield from _unwrapped(text, paragraph)
            paragraph = []
            if alone:
                yield start, end
        else:
            paragraph.append((start, end))
    yield from _unwrapped(text, paragraph)


def _unwrapped(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join the lines of a paragraph that an editor wrapped, or that go on with a small letter.

    An editor wrapped a paragraph where no next line's first word had room in the widest line.
    """
    rows = [text[start:end] for start, end in lines]
    widest = max(map(len, rows), default=0)
    words = [row.split(maxsplit=1)[0] for row in rows]
    begins = [bool(_BEGINS.match(row)) for row in rows]
    room = (
        len(row) + 1 + len(word) <= widest
        for row, word, begin in zip(rows, words[1:], begins[1:], strict=False)
        if not begin
    )
    wrapped = widest in _WRAPPED and not any(room)
    at = 0
    for i in range(1, len(lines) + 1):
        if i == len(lines) or begins[i] or not (wrapped or words[i][0].islower()):
            yield lines[at][0], lines[i - 1][1]
            at = i


@lru_cache(maxsize=16)  # many quotes of one article may need its folded text
def _fold(text: str) -> str:
    """Fold case and look-alike characters, one character for one."""
    lowered = (c.lower() if len(c.lower()) == 1 else c for c in text)
    return "".join(lowered).translate(_LOOKALIKES)


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
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while not is_boundary(text, start, seams):
        start -= 1
    while not is_boundary(text, end, seams):
        end += 1
    return start, end


def _snapped(text: str, start: int, end: int, seams: Collection[int]) -> str:
    start, end = widen(text, start, end, seams)
    return f"{_short(text[start:end])} at {start}:{end}"


def _where(text: str, quote: str) -> str:
    """Say where a quote stands, or what is nearest to it."""
    places = find_all(text, quote)
    if places:
        shown = ", ".join(f"{at}:{at + len(quote)}" for at in places[:3])
        more = f" and {len(places) - 3} more places" if len(places) > 3 else ""
        return f"the quote stands at {shown}{more}"
    span = nearest(text, quote)
    if span is None:
        return "nothing like it stands in the article; copy the words from the article"
    return f"nearest: {_short(text[span[0] : span[1]])} at {span[0]}:{span[1]}"


def _missed(text: str, start: int, end: int, quote: str) -> Mismatch:
    """Explain a quote that differs from the text at its offsets."""
    remedy = _where(text, quote)
    if quote in text:
        there = _short(text[start:end])
        return Mismatch("elsewhere", f"the article has {there} at {start}:{end}", remedy)
    if quote and _fold(quote) in _fold(text):
        problem = "matches only after changing case, dashes, quotation marks or spaces"
        return Mismatch("lookalike", problem, remedy)
    return Mismatch("absent", "is not in the article", remedy)


def _short(words: str, most: int = 160) -> str:
    return repr(words if len(words) <= most else words[: most - 1] + "…")
