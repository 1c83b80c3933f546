"""Quotes are accepted only where the article has exactly their characters, between words."""

import time

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from claimatlas.anchor import (
    check_quote,
    find_all,
    headings,
    is_boundary,
    nearest,
    nearest_few,
    only_place,
    sentences,
)

CHOOSE = "; write the offsets of the one that is meant"
TEXT = "It doesn’t act. A nonsignificant effect (p > 0.05) came after 2–3 hours; the effect went."

# Letters, digits and the characters that make word boundaries hard: joiners, marks, look-alikes.
texts = st.text(
    st.one_of(
        st.sampled_from("ab Z09.,'’-–“”\n\t\u00a0\u0301\u200d🌿👩é中文_"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=60,
)


def boundaries(text, seams=()):
    return [i for i in range(len(text) + 1) if is_boundary(text, i, seams)]


def kind(quote, start, text=TEXT, end=None, seams=()):
    found = check_quote(text, start, start + len(quote) if end is None else end, quote, seams)
    return found and found.kind


# --- what must hold for any text ---------------------------------------------------------------


@given(texts, st.data())
def test_any_stretch_between_boundaries_is_accepted(text, data):
    ends = st.sampled_from(boundaries(text))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    assume(start < end)
    assert check_quote(text, start, end, text[start:end]) is None


@given(texts)
@example("two  spaces and \u0301 a mark upon one,\n\nthen\u00a0others")
@example("GABA-A and 10-14, but - not here-")
def test_boundaries_are_those_of_unicode_annex_29_less_the_hyphens_of_compounds(text):
    annex = regex.compile(r"(?w)\b")
    joined = {m.end() for m in regex.finditer(r"\w[-‐‑](?=\w)", text, overlapped=True)}
    beside = joined | {i - 1 for i in joined}
    inner = {i for i in range(1, len(text)) if annex.match(text, i)} - beside
    assert set(boundaries(text)) == inner | {0, len(text)}


@given(texts, st.data())
def test_any_stretch_that_cuts_a_word_is_refused_and_a_seam_lets_it_pass(text, data):
    inside = sorted(set(range(len(text))) - set(boundaries(text)))
    assume(inside)
    start = data.draw(st.sampled_from(inside))
    assert check_quote(text, start, len(text), text[start:]).kind == "inside_word"
    assert check_quote(text, start, len(text), text[start:], {start}) is None
    assert check_quote(text, 0, start, text[:start]).kind == "inside_word"
    assert check_quote(text, 0, start, text[:start], {start}) is None


@given(texts, st.characters(exclude_categories=["Cs"]), st.data())
@example("p > 0.05", "<", None)
def test_any_change_of_one_character_is_refused(text, other, data):
    at = 2 if data is None else data.draw(st.integers(0, len(text) - 1))
    assume(text[at] != other)
    changed = text[:at] + other + text[at + 1 :]
    assert check_quote(text, 0, len(text), changed) is not None


@given(texts, st.characters(exclude_categories=["Cs"]), st.data())
def test_one_character_more_or_less_is_refused(text, other, data):
    at = data.draw(st.integers(0, len(text) - 1))
    longer, shorter = text[:at] + other + text[at:], text[:at] + text[at + 1 :]
    for quote in (longer, shorter):
        assert check_quote(text, 0, len(text), quote) is not None


@given(texts, st.text(max_size=20), st.integers(-5, 70), st.integers(-5, 70))
def test_only_exact_quotes_at_their_offsets_are_accepted(text, quote, start, end):
    if check_quote(text, start, end, quote) is None:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == quote


@given(texts, st.text(max_size=3))
@example("aaa", "aa")
def test_find_all_lists_every_occurrence(text, part):
    places = [i for i in range(len(text)) if part and text.startswith(part, i)]
    assert find_all(text, part) == places


def test_a_narrow_no_break_space_parts_words():
    text = "«\u202fLe kéfir aide\u202f? Oui\u202f!»"
    assert kind("Le kéfir aide", 2, text) is None
    assert kind("Oui", 18, text) is None
    assert kind("e kéfir", 3, text) == "inside_word"


def test_find_all_is_quick_where_a_long_quote_repeats_itself():
    assert find_all("w" * 40_000, "w" * 32_767) == list(range(7_234))


@given(texts, texts)
def test_nearest_offers_a_stretch_of_the_text(text, quote):
    span = nearest(text, quote)
    if span is not None:
        assert 0 <= span[0] <= span[1] <= len(text)


# --- what the best-known validator accepts, and we refuse --------------------------------------


def test_significant_effect_inside_nonsignificant_effect_is_refused():
    quote = "significant effect"
    found = check_quote(TEXT, 21, 39, quote)
    assert TEXT[21:39] == quote
    assert (found.kind, found.problem) == ("inside_word", "offset 21 is inside a word")
    assert found.remedy == "nearest: 'nonsignificant effect' at 18:39"


def test_less_than_is_no_quote_of_greater_than():
    found = check_quote(TEXT, 41, 49, "p < 0.05")
    assert TEXT[41:49] == "p > 0.05"
    assert (found.kind, found.problem) == ("absent", "is not in the article")
    assert found.remedy == "nearest: 'p > 0.05' at 41:49"


def test_parts_of_a_quote_in_another_order_are_refused():
    assert kind("effect nonsignificant", 18) == "absent"
    assert kind("after 2–3 hours came", 51) == "absent"


# --- one kind of mismatch each -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "start"),
    [
        ("it doesn’t act", 0),
        ("It doesn't act", 0),
        ("after 2-3 hours", 56),
        ("came after\u00a02–3 hours", 51),
    ],
    ids=["case", "curly quote", "dash", "space"],
)
def test_lookalikes_are_refused_and_the_exact_words_are_offered(quote, start):
    found = check_quote(TEXT, start, start + len(quote), quote)
    assert found.kind == "lookalike"
    assert found.problem == "matches only after changing case, dashes, quotation marks or spaces"
    assert found.remedy == f"nearest: {TEXT[start : start + len(quote)]!r} at " + (
        f"{start}:{start + len(quote)}"
    )


def test_a_changed_full_stop_is_absent_and_the_nearest_words_are_offered():
    found = check_quote(TEXT, 0, 15, "It doesn’t act!")
    assert found.kind == "absent"
    assert found.remedy == "nearest: 'It doesn’t act' at 0:14"


def test_a_quote_that_stands_elsewhere_is_told_where():
    found = check_quote(TEXT, 0, 6, "effect")
    assert found.kind == "elsewhere"
    assert found.problem == "the article has 'It doe' at 0:6"
    assert found.remedy == "the quote stands at 33:39, 77:83" + CHOOSE


def test_many_places_are_counted_and_three_shown():
    found = check_quote("so so so so so, no", 16, 18, "so")
    assert found.remedy == "the quote stands at 0:2, 3:5, 6:8 and 2 more places" + CHOOSE


def test_a_quote_unlike_anything_is_said_to_be_so():
    found = check_quote(TEXT, 0, 5, "QQQQQ")
    assert found.kind == "absent"
    assert found.remedy == "nothing like it stands in the article; copy the words from the article"


@pytest.mark.parametrize(("start", "end"), [(39, 33), (33, 33)])
def test_reversed_or_equal_offsets_are_refused(start, end):
    found = check_quote(TEXT, start, end, "effect")
    assert found.kind == "reversed"
    assert found.problem == f"start {start} is not before end {end}"
    assert found.remedy == "the quote stands at 33:39, 77:83" + CHOOSE


@pytest.mark.parametrize(("start", "end"), [(-6, 3), (83, 90), (200, 206)])
def test_offsets_outside_the_article_are_refused(start, end):
    found = check_quote(TEXT, start, end, "effect")
    assert found.kind == "out_of_range"
    assert found.problem == f"{start}:{end} is outside the article's 0:{len(TEXT)}"


def test_negative_offsets_never_count_from_the_end():
    assert kind(TEXT[-5:-1], -5) == "out_of_range"


@pytest.mark.parametrize("quote", ["It doesn", "doesn’t ac", "t act"])
def test_a_quote_that_cuts_a_word_is_refused(quote):
    assert kind(quote, TEXT.index(quote)) == "inside_word"


@pytest.mark.parametrize("quote", ["p > 0", "05", "0"])
def test_a_number_is_not_cut_at_its_decimal_point(quote):
    assert kind(quote, TEXT.index(quote, 40)) == "inside_word"


def test_glued_cells_need_their_seams():
    glued = "Moss tea20 minutesearthy"
    assert kind("20 minutes", 8, glued) == "inside_word"
    assert kind("20 minutes", 8, glued, seams={8}) == "inside_word"
    assert kind("20 minutes", 8, glued, seams={18}) == "inside_word"
    assert kind("20 minutes", 8, glued, seams={8, 18}) is None


def test_an_emoji_sequence_is_one_word_and_ideographs_are_many():
    assert not is_boundary("👩‍🌾 moss", 1)
    assert is_boundary("苔茶", 1)


def test_long_words_are_shortened_in_messages():
    text = "moss " * 100
    found = check_quote(text, 1, 400, text[1:400])
    assert found.kind == "inside_word"
    assert len(found.remedy) < 200
    assert "…" in found.remedy


def test_nearest_needs_words_and_a_text():
    assert nearest("", "moss") is None
    assert nearest("moss", "") is None


def test_white_space_is_never_the_nearest():
    assert nearest("\n  \r\n", " \tx") is None


def test_nearest_widens_to_whole_words():
    start, end = nearest("a nonsignificant effect on sleep", "significant efect")
    assert "a nonsignificant effect on sleep"[start:end] == "nonsignificant effect"


@pytest.mark.parametrize("words", ["significant effect", "10", "14 days", "stress"])
def test_a_hyphenated_compound_is_one_word(words):
    text = "A non-significant effect over 10-14 days in a stress-prone group."
    start = text.index(words)
    mismatch = check_quote(text, start, start + len(words), words)
    assert mismatch is not None
    assert mismatch.kind == "inside_word"


# --- sentences ---------------------------------------------------------------------------------

PIECES = (
    *("Moss tea helps. ", "It doesn’t!\r\n", "Dr. Fern said so", "苔茶有助于睡眠。", "مرحبا بك؟ "),
    *("🌿👩‍🌾", "e\u0301", "\n", "\n\n", "\r\n\r\n", "# Head\n", "- item. Two\n", "| a | b. c |\n"),
    *("\u2028", "0.05", "“So?” ", "\ufeff", "…", "a\tb. ", "**Bold.** ", "\x1c", "\u200d"),
)
passages = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def cut(text, language="en"):
    return [text[a:b] for a, b in sentences(text, language)]


@given(st.one_of(passages, texts), st.sampled_from(["en", "zh", "ar", "de-AT", "xx", "qaa-x"]))
def test_sentences_hold_every_character_but_white_space_between_them(text, language):
    at = 0
    for start, end in sentences(text, language):
        assert at <= start < end <= len(text)
        assert text[at:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""


@given(passages)
def test_a_sentence_is_a_quote_that_may_be_anchored(text):
    for start, end in sentences(text):
        extends = (text[start] in "\u0301\u200d\ufeff", text[end : end + 1] == "\u200d")
        assert any(extends) or check_quote(text, start, end, text[start:end]) is None


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Dr. Fern took 0.5 mg. It helped!", "en", ["Dr. Fern took 0.5 mg.", "It helped!"]),
        ("Es hilft z. B. nachts. Ja.", "de", ["Es hilft z. B. nachts.", "Ja."]),
        ("苔茶有助于睡眠。真的吗？", "zh", ["苔茶有助于睡眠。", "真的吗？"]),
        ("مرحبا بك؟ نعم.", "ar", ["مرحبا بك؟", "نعم."]),
        ("Good 🌿. So e\u0301 it is.", "en", ["Good 🌿.", "So e\u0301 it is."]),
        ("**No.** It is. ![A moss](x.png)", "en", ["**No.**", "It is.", "![A moss](x.png)"]),
        ("Effects\nMoss tea calms.", "en", ["Effects", "Moss tea calms."]),
        ("# Effects\nMoss tea calms", "en", ["# Effects", "Moss tea calms"]),
        ("Moss tea\r\n\r\ncalms", "en", ["Moss tea", "calms"]),
        ("For:\n- mind\n- body\n  and all", "en", ["For:", "- mind", "- body\n  and all"]),
        ("1. Boil water\n2) Wait", "en", ["1. Boil water", "2) Wait"]),
        ("| a | b |\n|---|---|\n| c | d |", "en", ["| a | b |", "|---|---|", "| c | d |"]),
        ("It helps\nwith sleep. Yes", "en", ["It helps\nwith sleep.", "Yes"]),
        ("", "en", []),
        (" \n\t\n", "en", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(text, language, wanted):
    assert cut(text, language) == wanted


def test_lines_that_an_editor_wrapped_stay_together_and_others_do_not():
    wrapped = (
        "The tea was drunk by forty people of the town of\n"
        "Peake, and Dr. Arlow wrote it all down. So it\nWas."
    )
    assert cut(wrapped) == [
        "The tea was drunk by forty people of the town of\nPeake, and Dr. Arlow wrote it all down.",
        "So it\nWas.",
    ]
    lines = "The tea was drunk by forty people of the town of Peake\nOnset\nTwenty minutes"
    assert cut(lines) == lines.split("\n")


@pytest.mark.parametrize(
    "piece", ["The tea helps. ", "苔茶有助于睡眠。", "word ", "🌿\u0301. ", "A line.\n\n"]
)
def test_a_megabyte_is_cut_in_seconds(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    spans = sentences(text)
    assert time.process_time() - began < 20  # some 2 s here; a square of the length took minutes
    assert len(spans) in (1, text.count(piece))


def test_headings_are_lines_as_they_stand_and_not_those_of_a_fence():
    text = "# One\ntext\n  ## Two \n```\n# no heading\n```\n#hashtag\n### Three"
    assert headings(text) == [(0, "# One"), (11, "  ## Two "), (51, "### Three")]
    for at, line in headings(text):
        assert text[at : at + len(line)] == line


def test_lines_that_are_known_to_be_headings_are_some():
    assert headings("Effects\ntext\n# One\nEffects", {"Effects"}) == [
        (0, "Effects"), (13, "# One"), (19, "Effects"),
    ]  # fmt: skip


# --- places ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "at"),
    [("doesn’t act", 3), ("effect", None), ("effe", None), ("moss", None), ("", None)],
)
def test_the_only_place_of_a_quote_is_between_words(quote, at):
    assert only_place(TEXT, quote) == at


def test_a_seam_makes_a_place():
    assert only_place("tea20 minutes", "20 minutes") is None
    assert only_place("tea20 minutes", "20 minutes", {3}) == 3


def test_the_nearest_few_are_different_stretches_the_best_first():
    text = "Moss tea calms minds. Fern tea calms minds. Nothing else stands here at all."
    spans = nearest_few(text, "Moss tea calm minds")
    assert next(text[a:b] for a, b in spans) == "Moss tea calms minds"
    assert len(spans) in (2, 3)
    assert all(b <= c or d <= a for (a, b) in spans for (c, d) in spans if (a, b) != (c, d))
    assert nearest_few(text, "QQQQ") == []


@given(texts, texts)
def test_the_nearest_few_stand_in_the_text(text, quote):
    for start, end in nearest_few(text, quote):
        assert 0 <= start < end <= len(text)


def test_japanese_is_cut_after_a_heading_line_and_before_a_number():
    said = ["苔は水を好みます。", "60歳以上の人も育てます。", "よく育ちます。"]
    text = "■ 苔とは\n" + "".join(said) + "\n■ まとめ\n終わり。\n"
    cut = [text[start:end] for start, end in sentences(text, "ja")]
    assert cut == ["■ 苔とは", *said, "■ まとめ", "終わり。"]
