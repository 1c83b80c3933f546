"""Exact anchoring of quotes in an article's text.

A quote is accepted only where the article has exactly its characters between two word boundaries.
Nothing is normalised before the comparison; similarity serves suggestions, never acceptance.
"""

from __future__ import annotations

from collections.abc import Collection
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
    return _widen(text, best.dest_start, best.dest_end)


@lru_cache(maxsize=16)  # many quotes of one article may need its folded text
def _fold(text: str) -> str:
    """Fold case and look-alike characters, one character for one."""
    lowered = (c.lower() if len(c.lower()) == 1 else c for c in text)
    return "".join(lowered).translate(_LOOKALIKES)


def _widen(text: str, start: int, end: int, seams: Collection[int] = ()) -> tuple[int, int]:
    """Move both ends outwards to the next word boundary, and off the white space at the edges."""
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
    start, end = _widen(text, start, end, seams)
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
