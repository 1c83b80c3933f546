"""Figures draw what their table says, and the same bytes at every run."""

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from claimatlas import figures
from claimatlas.agreement import agreement_table
from claimatlas.framing import section_table

COLOURS = {"one": "#0072b2", "two": "#ffffff"}
COUNTS = pd.DataFrame(
    {
        "article": ["X", "X", "Y", "Y"],
        "code": ["one", "two"] * 2,
        "label": ["first", "second"] * 2,
        "n": [9, 1, 0, 4],
        "of": [10, 10, 4, 4],
        "share": [0.9, 0.1, 0.0, 1.0],
    }
)


def words(ax):
    return [text.get_text() for text in ax.texts]


def drawn(draw, height=3.0, columns=1):
    """Draw twice; return the panels and check that the bytes agree."""
    pictures = []
    for _ in range(2):
        figure, panels = figures.new_figure(height, columns)
        draw(panels)
        pictures.append(figures.svg(figure, "a picture"))
        plt.close(figure)
    assert pictures[0] == pictures[1]
    assert "<dc:date>" not in pictures[0]
    return panels


def test_shares_are_named_and_numbered_where_there_is_room():
    [panel] = drawn(lambda p: figures.plot_shares(COUNTS, COLOURS, p[0]))
    assert "first\n9 (90%)" in words(panel)
    assert "1" in words(panel)  # too narrow for its label
    assert [bar.get_width() for bar in panel.patches] == pytest.approx([0.9, 0.0, 0.1, 1.0])
    legend = [text.get_text() for text in panel.get_legend().get_texts()]
    assert legend == ["first", "second"]


def test_counts_stand_at_their_bars_and_none_is_said():
    colours = {"X": "#0072b2", "Y": "#d55e00"}
    panels = drawn(lambda p: figures.plot_counts(COUNTS, p, colours), columns=2)
    assert words(panels[0]) == [" 9 (90%)", " 1 (10%)"]
    assert words(panels[1]) == [" none", " 4 (100%)"]


def test_a_text_strip_has_one_mark_a_claim(atlas):
    labels = atlas.labels("wording")
    colours = dict.fromkeys(labels, "#000000")
    article = atlas.articles["article_id"].iloc[0]
    spans = atlas.claims[atlas.claims["article_id"] == article]
    sections = section_table(atlas).query("article_id == @article")

    def draw(panels):
        figures.plot_text_strip(spans, sections, 900, colours, labels, panels[0])

    [panel] = drawn(draw)
    marks = [p for p in panel.patches if p.get_width() == pytest.approx(0.82)]
    assert len(marks) == len(spans)


def test_labels_pushed_apart_keep_their_order():
    assert figures._spaced([0, 1, 2, 50], 10) == [0, 10, 20, 50]


def test_agreement_shows_both_coefficients(atlas):
    table = agreement_table(atlas, draws=20)
    [panel] = drawn(lambda p: figures.plot_agreement(table, p[0]))
    for row in table.itertuples():
        assert f"{row.kappa:.2f} | {row.ac1:.2f}" in words(panel)


def test_strength_says_everything_in_words():
    table = pd.DataFrame(
        {
            "statement": ["Moss tea calms " + "very " * 40 + "much"],
            "direction": ["supported"],
            "colour": ["#0072b2"],
            "certainty": ["low"],
            "level": [2],
            "evidence": ["animal, n = 8"],
            "groups": ["1–2"],
        }
    )
    [panel] = drawn(lambda p: figures.plot_strength(table, p[0]))
    said = words(panel)
    assert {"supported", "low", "animal, n = 8", "1–2"} <= set(said)
    assert said[0].count("\n") == 1
    assert said[0].endswith("…")
    filled = [line for line in panel.lines if line.get_color() == "#2171b5"]
    assert len(filled) == 2


def test_a_grid_draws_empty_cells():
    counts = pd.DataFrame([[0, 3], [1, 0]], index=["r", "s"], columns=["x", "y"])
    [panel] = drawn(lambda p: figures.plot_grid(counts, p[0]))
    assert len(panel.patches) == 4
    assert words(panel) == ["", "3", "1", ""]


def test_judgements_carry_a_sign():
    table = pd.DataFrame([["low", "no_information"]], index=["study"], columns=["x", "y"])
    colours = {"low": "#009e73", "no_information": "#bbbbbb"}
    [panel] = drawn(lambda p: figures.plot_judgements(table, colours, p[0]))
    assert words(panel) == ["+", "?"]


def test_a_timeline_has_a_line_a_group_and_a_mark_a_study():
    table = pd.DataFrame(
        {"group": ["g", "g", "h"], "year": [2001.0, 2001.0, 2003.0], "kind": ["one", "one", "two"]}
    )
    [panel] = drawn(lambda p: figures.plot_timeline(table, COLOURS, p[0]))
    assert [t.get_text() for t in panel.get_yticklabels()] == ["g", "h"]
    assert sum(len(line.get_xdata()) for line in panel.lines) == 3


def test_a_flow_leads_each_row_from_its_own_box_to_its_own_box():
    # b comes after a, so that the order in which the rows are drawn is not the table's.
    table = pd.DataFrame({"from": ["b", "a"], "to": ["x", "y"], "kind": ["one", "two"]})

    def draw(panels):
        figures.plot_flows(table, ["from", "to"], "kind", COLOURS, panels[0])

    [panel] = drawn(draw)
    boxes = {text.get_text(): text.get_position()[1] for text in panel.texts}
    flows = {line.get_color(): line.get_ydata() for line in panel.lines if len(line.get_ydata())}
    for row in table.itertuples():
        ends = flows[COLOURS[row.kind]][[0, -1]]
        assert ends == pytest.approx([boxes[f"{row[1]} (1)"], boxes[f"{row.to} (1)"]])


def test_a_timeline_with_more_kinds_than_markers_draws_all_of_them():
    kinds = [f"kind {n}" for n in range(9)]
    table = pd.DataFrame({"group": "g", "year": [2000.0 + n for n in range(9)], "kind": kinds})
    colours = dict.fromkeys(kinds, "#000000")
    [panel] = drawn(lambda p: figures.plot_timeline(table, colours, p[0]))
    assert len(panel.lines) == 9


@pytest.mark.parametrize(("alt", "caption"), [("", "caption"), ("alt", " ")])
def test_a_figure_without_words_is_refused(alt, caption):
    figure, _ = figures.new_figure(1.0)
    with pytest.raises(ValueError, match="alternative text and a caption"):
        figures.show(figure, alt, caption)
    plt.close(figure)


@pytest.mark.parametrize(("alt", "caption"), [(" ", "caption"), ("alt", "")])
def test_a_picture_without_words_is_refused(alt, caption):
    with pytest.raises(ValueError, match="alternative text and a caption"):
        figures.show_svg("<svg/>", alt, caption)


def test_a_picture_is_shown_as_it_is_with_its_words_and_its_caption_below(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda *a, **k: shown.append((a, k)))
    figures.show_svg("<svg/>", "a leaf", "What it is.")
    [((data,), arguments), ((caption,), _)] = shown
    assert data == {"image/svg+xml": "<svg/>", "text/plain": "a leaf"}
    assert arguments == {"raw": True, "metadata": {"image/svg+xml": {"alt": "a leaf"}}}
    assert caption.data == "*What it is.*"


def test_a_figure_has_a_title_only_where_one_is_given():
    figure, _ = figures.new_figure(1.0)
    assert "<dc:title>" not in figures.svg(figure)
    assert "<dc:title>a leaf</dc:title>" in figures.svg(figure, "a leaf")
    plt.close(figure)


def test_ranges_are_written_out_however_large_they_are():
    figure, [ax] = figures.new_figure(2)
    rows = [("vitamin", 1e6, 3e6, "ug", "a"), ("salt", 0.1 + 0.2, 0.3, "ug", "b")]
    figures.plot_ranges(pd.DataFrame(rows, columns=["label", "low", "high", "unit", "kind"]), ax)
    assert [t.get_text() for t in ax.texts] == ["1000000–3000000 ug", "0.3–0.3 ug"]
    plt.close(figure)


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, in order."""
    import IPython.display

    found = []
    monkeypatch.setattr(IPython.display, "display", found.append)
    return found


def test_a_table_is_shown_whole_with_shares_as_percentages(shown):
    long = "x" * 300
    figures.show_table(COUNTS.assign(label=long).set_index("article"))
    assert long in shown[0].data
    assert "<td>90%</td>" in shown[0].data
    assert "<th>article</th>" in shown[0].data


def test_numbers_of_a_table_are_whole_where_all_are_and_missing_cells_are_empty(shown):
    table = pd.DataFrame({"dose": [250.0, None], "kappa": [0.9, 1.0], "why": ["w" * 61, "x"]})
    table["score"] = pd.array([3, None], dtype="Float64")
    figures.show_table(table.assign(share=[0.5, None]))
    cells = re.findall("<td>(.*)</td>", shown[0].data)
    assert cells == ["250", "0.90", "w" * 61, "3", "50%", "", "1.00", "x", "", ""]
    assert re.findall("min-width.*>(.*)</th>", shown[0].data) == ["why"]


def test_a_table_without_rows_says_so_and_names_are_shown_with_spaces(shown):
    table = pd.DataFrame({"article_id": ["A"], "share_of_claims": [0.5]})
    figures.show_table(table, shares=["share_of_claims"])
    figures.show_table(table[:0])
    assert "<th>article id</th>" in shown[0].data and "<td>50%</td>" in shown[0].data
    assert "No rows." in shown[1].data and "<table" not in shown[1].data
