"""Figures: each `plot_*` draws a table made elsewhere and returns its Axes.

Importing this module imports matplotlib; importing the package does not.
"""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullLocator

from claimatlas.mechanism import wrapped

WIDTH = 7.5
"""Width of a page in inches; a figure drawn as wide keeps its type size on the page."""

_LONG = 60  # characters of a cell that wants a wide column
STYLE = {
    "svg.hashsalt": "claimatlas",
    "svg.fonttype": "path",
    "text.parse_math": False,  # words of others may hold dollar signs
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def show(figure: Figure, alt: str, caption: str) -> None:
    """Display a figure in a notebook as deterministic SVG, then its caption.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is closed afterwards.
    alt : str
        What the figure shows, in words, for those who cannot see it.
    caption : str
        What the figure is and how to read it.

    Raises
    ------
    ValueError
        Where the alternative text or the caption is empty.
    """
    show_svg(svg(figure, alt), alt, caption)
    plt.close(figure)


def show_svg(text: str, alt: str, caption: str) -> None:
    """Display a picture that is SVG already, then its caption.

    Parameters
    ----------
    text : str
        The SVG document, the same at every run.
    alt, caption : str
        As in `show`.

    Raises
    ------
    ValueError
        Where the alternative text or the caption is empty.
    """
    from IPython.display import Markdown, display

    if not alt.strip() or not caption.strip():
        raise ValueError("a figure needs an alternative text and a caption")
    data = {"image/svg+xml": text, "text/plain": alt}
    display(data, raw=True, metadata={"image/svg+xml": {"alt": alt}})
    display(Markdown(f"*{caption}*"))


def show_table(table: pd.DataFrame, shares: Iterable[str] = ("share",), digits: int = 2) -> None:
    """Display a table in a notebook, its text unabridged and its shares as percentages.

    Underscores in the names of its columns are shown as spaces. One without rows says so instead.

    Parameters
    ----------
    table : pandas.DataFrame
        The table; its index is shown as columns where it has names.
    shares : iterable of str
        Columns of shares from 0 to 1; those the table lacks are passed over.
    digits : int
        Decimal places of all other fractions.
    """
    from IPython.display import HTML, display

    if table.empty:
        return display(HTML("<p><em>No rows.</em></p>"))
    named = any(name is not None for name in table.index.names)
    table = table.reset_index(drop=not named).rename_axis(columns=None)
    table = table.rename(columns=lambda name: str(name).replace("_", " "))
    shares = {share.replace("_", " ") for share in shares}
    looks: dict[str, dict[str, Any]] = {"formatters": {}, "col_space": {}}
    for name, column in table.items():
        cells = column.dropna()
        if name in shares:
            looks["formatters"][name] = _written("{:.0%}")
        elif pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
            whole = (cells % 1 == 0).all()
            looks["formatters"][name] = _written("{:.0f}" if whole else f"{{:.{digits}f}}")
        elif cells.map(str).str.len().max() > _LONG:
            looks["col_space"][name] = "11rem"
    plain = table.astype(object).where(table.notna(), np.nan)  # pandas writes "<NA>" otherwise
    with pd.option_context("display.max_colwidth", None):
        text = plain.to_html(index=False, na_rep="", border=0, **looks)
    display(HTML(text))


def _written(form: str) -> Callable[[Any], str]:
    return lambda number: "" if pd.isna(number) else form.format(number)


def svg(figure: Figure, alt: str = "") -> str:
    """Return a figure as SVG text, the same bytes at every run.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        Title of the picture for screen readers.

    Returns
    -------
    str
        An SVG document without date or creator; its words are outlines, or text where the font that
        draws them everywhere alike lacks a character.
    """
    buffer = io.StringIO()
    title = {"Title": alt} if alt else {}
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type")) | title
    words = "".join(text.get_text() for text in figure.findobj(Text)).replace("\n", "")
    with plt.rc_context(STYLE), warnings.catch_warnings():
        if not set(map(ord, words)) <= get_font(findfont("DejaVu Sans")).get_charmap().keys():
            # Such as Chinese: written out as text, which a reader's own machine has fonts for.
            plt.rcParams["svg.fonttype"] = "none"
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata=metadata)
    return buffer.getvalue()


def new_figure(height: float, columns: int = 1, share: bool = True) -> tuple[Figure, list[Axes]]:
    """Open a figure of page width, and set the house style for what is drawn from now on.

    Parameters
    ----------
    height : float
        Height in inches.
    columns : int
        How many panels stand side by side.
    share : bool
        Whether the panels share the vertical axis.

    Returns
    -------
    (matplotlib.figure.Figure, list of matplotlib.axes.Axes)
        The figure and its panels.
    """
    plt.rcParams.update(STYLE)
    figure, axes = plt.subplots(1, columns, figsize=(WIDTH, height), sharey=share, squeeze=False)
    return figure, list(axes[0])


def _text_colour(background: str) -> str:
    red, green, blue = to_rgb(background)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.45 else "white"


def plot_shares(table: pd.DataFrame, colours: dict[str, str], ax: Axes) -> Axes:
    """Draw shares of codes as one full bar an article, each piece named and numbered.

    Parameters
    ----------
    table : pandas.DataFrame
        From `claimatlas.framing.count_table`: article, code, label, n, of, share.
    colours : dict of str to str
        Colour by code.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    totals = table.groupby("article", sort=False)["of"].first()
    left = table.groupby("article")["share"].cumsum() - table["share"]
    table = table.assign(y=pd.factorize(table["article"])[0], left=left)
    for code, rows in table.groupby("code", sort=False):
        look = {"color": colours[code], "edgecolor": "white", "label": rows["label"].iloc[0]}
        bars = ax.barh(rows["y"], rows["share"], left=rows["left"], **look)
        words = [_fitting(row) for row in rows.itertuples()]
        tone = _text_colour(colours[code])
        ax.bar_label(bars, words, label_type="center", fontsize=8, color=tone)
    ax.legend(loc="upper center", bbox_to_anchor=(0.3, 0), ncols=5, handlelength=1)
    ax.set_yticks(range(len(totals)), [f"{a}\nn = {n}" for a, n in totals.items()])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xticks=[])
    return _plain(ax, "bottom", "left")


def _plain(ax: Axes, *lines: str) -> Axes:
    """Leave out the tick marks, and the lines on these sides of a panel."""
    ax.tick_params(left=False, top=False, bottom=False)
    ax.spines[[*lines]].set_visible(False)
    return ax


def _fitting(row: Any) -> str:
    """Return as many words on a piece of a bar as it has room for."""
    if row.share >= max(0.021 * len(row.label), 0.1):
        return f"{row.label}\n{row.n} ({row.share:.0%})"
    return str(row.n) if row.share >= 0.025 else ""


def plot_counts(table: pd.DataFrame, axes: Iterable[Axes], colours: dict[str, str]) -> list[Axes]:
    """Draw counts of codes as bars, one panel an article, with the number at each bar.

    Parameters
    ----------
    table : pandas.DataFrame
        From `claimatlas.framing.count_table`: article, code, label, n, share.
    axes : iterable of matplotlib.axes.Axes
        One panel an article, in the table's order.
    colours : dict of str to str
        Colour by article.

    Returns
    -------
    list of matplotlib.axes.Axes
        The panels.
    """
    axes, labels = list(axes), list(dict.fromkeys(table["label"]))
    for ax, (article, rows) in zip(axes, table.groupby("article", sort=False), strict=True):
        bars = ax.barh(range(len(rows)), rows["n"], color=colours[article], height=0.7)
        words = [f" {r.n} ({r.share:.0%})" if r.n else " none" for r in rows.itertuples()]
        ax.bar_label(bars, words, fontsize=8)
        title = f"{article}, n = {rows['of'].iloc[0]}"
        ax.set(title=title, xlim=(0, table["n"].max() * 1.3), xticks=[])
        ax.set_yticks(range(len(labels)), labels)
        _plain(ax, "bottom")
    axes[0].set_ylim(len(labels) - 0.4, -0.6)
    return axes


def plot_text_strip(
    spans: pd.DataFrame,
    sections: pd.DataFrame,
    length: int,
    colours: dict[str, str],
    labels: dict[str, str],
    ax: Axes,
    column: str = "wording",
) -> Axes:
    """Draw an article as a column of text lines with its claims marked by a code.

    Parameters
    ----------
    spans : pandas.DataFrame
        Claims of one article: ``start``, ``end`` and the coded column.
    sections : pandas.DataFrame
        Its sections: ``section``, ``start``, ``claims``.
    length : int
        Characters of the article's own text.
    colours, labels : dict of str to str
        Colour and words by code, in the order shown.
    ax : matplotlib.axes.Axes
        Where to draw.
    column : str
        The coded column.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes: characters run downwards, one lane a code.
    """
    lanes = list(labels)
    ax.axvspan(-0.5, len(lanes) - 0.5, color="#f4f4f4", zorder=0)
    for lane, code in enumerate(lanes):
        rows = spans[spans[column] == code]
        heights = (rows["end"] - rows["start"]).astype(float).clip(lower=length / 700)
        bottoms = rows["start"].astype(float)
        ax.bar([lane] * len(rows), heights, bottom=bottoms, width=0.82, color=colours[code])
    ticks = _spaced(sections["start"].tolist(), length / 46)
    names = [f"{_clip(r.section or '(opening)', 34)} · {r.claims}" for r in sections.itertuples()]
    ax.set_yticks(ticks, names, fontsize=7.5)
    ax.set_xticks(range(len(lanes)), [labels[c] for c in lanes], fontsize=8, rotation=90)
    ax.set(ylim=(max(length, *ticks) * 1.01, -length * 0.01), xlim=(-0.5, len(lanes) - 0.5))
    return _plain(ax, "left", "bottom")


def _spaced(places: list[float], least: float) -> list[float]:
    """Push rising places apart so that their labels do not overlap."""
    return list(itertools.accumulate(places, lambda last, place: max(place, last + least)))


def _clip(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def plot_agreement(table: pd.DataFrame, ax: Axes, floor: float = 0.6) -> Axes:
    """Draw kappa with its interval and AC1 for each column coded twice.

    Parameters
    ----------
    table : pandas.DataFrame
        From `claimatlas.agreement.agreement_table`.
    ax : matplotlib.axes.Axes
        Where to draw.
    floor : float
        The kappa below which a code is rewritten; drawn as a line.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    for y, row in enumerate(table.itertuples()):
        ax.plot([row.low, row.high], [y, y], color="#0072b2", lw=2)
        ax.plot(row.kappa, y, "o", color="#0072b2")
        ax.plot(row.ac1, y, "D", mfc="white", mec="#d55e00")
        ax.text(1.02, y, f"{row.kappa:.2f} | {row.ac1:.2f}", va="center", fontsize=8)
    ax.axvline(floor, color="#666666", lw=1, ls=":")
    ax.text(floor, -0.75, f"floor {floor}", ha="center", fontsize=8, color="#444444")
    names = [f"{r.column.replace('_', ' ')} (n = {r.n})" for r in table.itertuples()]
    ax.set_yticks(range(len(table)), names)
    ax.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    ax.set(xlim=(min(0.0, table["low"].min()), 1.15), ylim=(len(table) - 0.4, -1))
    ax.set(xlabel="agreement of the two readings (1 = perfect, 0 = chance)")
    marks = ax.lines[1:3]  # of the first row
    ax.legend(marks, ["Cohen's kappa, 95 % interval", "Gwet's AC1"], loc="lower left")
    return ax


def plot_strength(table: pd.DataFrame, ax: Axes, wrap: int = 66) -> Axes:
    """Draw one line a statement: its direction, certainty, best evidence and groups, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        From `claimatlas.grading.strength_table`: statement, direction, colour, certainty, level
        (0 to 4), evidence, groups.
    ax : matplotlib.axes.Axes
        Where to draw; about 0.28 inches of height a line read well.
    wrap : int
        Characters of a statement on one line; it runs over two lines and is cut after that.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes: squares filled from the left count the steps of certainty.
    """
    columns = {"statement": 0.0, "direction": 0.50, "certainty": 0.635, "evidence": 0.785}
    for y, row in enumerate(table.itertuples()):
        words = wrapped(row.statement, wrap, max_lines=2, placeholder="…")
        ax.text(0.0, y, "\n".join(words), va="center", fontsize=6.6, linespacing=0.95)
        ax.plot(0.49, y, "s", ms=6, color=row.colour, mec="#555555", mew=0.5)
        ax.text(0.502, y, row.direction, va="center", fontsize=7)
        for step in range(4):
            shade = "#2171b5" if step < row.level else "#e6e6e6"
            ax.plot(0.64 + 0.016 * step, y, "s", ms=5.5, color=shade)
        ax.text(0.705, y, row.certainty, va="center", fontsize=7)
        ax.text(0.785, y, row.evidence, va="center", fontsize=6.6)
        ax.text(1.0, y, row.groups, va="center", ha="right", fontsize=7)
        ax.axhline(y + 0.5, color="#eeeeee", lw=0.5)
    for name, x in columns.items():
        ax.text(x, -0.9, name, fontsize=7.5, weight="bold", va="center")
    ax.text(1.0, -0.9, "groups", fontsize=7.5, weight="bold", ha="right", va="center")
    ax.set(xlim=(0, 1), ylim=(len(table) - 0.4, -1.5))
    ax.axis("off")
    return ax


def plot_grid(counts: pd.DataFrame, ax: Axes) -> Axes:
    """Draw a table of counts as a grid, empty cells included.

    Parameters
    ----------
    counts : pandas.DataFrame
        Counts by row label and column label.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes; darker is more, a cell without a number is empty.
    """
    top = max(int(counts.to_numpy().max()), 1)
    for y, (_, row) in enumerate(counts.iterrows()):
        for x, n in enumerate(row):
            tone = plt.get_cmap("Blues")(0.15 + 0.75 * (n / top) ** 0.5) if n else (1, 1, 1, 1)
            box = plt.Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, fc=tone, ec="#bbbbbb", lw=0.6)
            ax.add_patch(box)
            words = {"ha": "center", "va": "center", "fontsize": 7.5}
            ax.text(x, y, n or "", color="white" if n / top > 0.35 else "black", **words)
    ax.set_yticks(range(len(counts)), counts.index, fontsize=8)
    return _grid(ax, counts, 0.5)


def _grid(ax: Axes, table: pd.DataFrame, room: float) -> Axes:
    """Name the columns above a grid and leave so much room around the middle of its cells."""
    height, width = table.shape
    ax.set_xticks(range(width), table.columns, rotation=40, ha="left", fontsize=8)
    ax.xaxis.tick_top()
    ax.set(xlim=(-room, width - 1 + room), ylim=(height - 1 + room, -room))
    return _plain(ax, "left", "bottom")


def plot_judgements(table: pd.DataFrame, colours: dict[str, str], ax: Axes) -> Axes:
    """Draw judgements of bias, one row a study and one column a domain, each with its sign.

    Parameters
    ----------
    table : pandas.DataFrame
        Judgement codes by study label and domain label; a missing cell was not judged.
    colours : dict of str to str
        Colour by judgement, in the order of the legend.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes. Signs: + low, ~ some concerns, − high, ? no information.
    """
    signs = {"low": "+", "some_concerns": "~", "high": "−", "no_information": "?"}
    for y, (_, row) in enumerate(table.iterrows()):
        for x, code in enumerate(row):
            if code in signs:
                ax.plot(x, y, "o", ms=10, color=colours[code])
                ax.text(x, y - 0.02, signs[code], ha="center", va="center", fontsize=8)
    ax.set_yticks(range(len(table)), [_clip(str(i), 52) for i in table.index], fontsize=7.5)
    return _grid(ax, table, 0.6)


def plot_timeline(table: pd.DataFrame, colours: dict[str, str], ax: Axes) -> Axes:
    """Draw studies by year and research group, one mark a study.

    Parameters
    ----------
    table : pandas.DataFrame
        ``group`` (label), ``year``, ``kind`` (legend entry), one row a study and group; rows of
        one group are drawn on one line, studies of one year above each other.
    colours : dict of str to str
        Colour by kind, in the order of the legend.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    lines, groups = pd.factorize(table["group"])
    heights = lines - 0.24 * table.groupby(["group", "year"]).cumcount()
    years = table["year"]
    ax.hlines(range(len(groups)), years.min(), years.max(), color="#eeeeee", lw=0.8)
    markers = itertools.cycle("osD^vP*X")
    for (kind, colour), marker in zip(colours.items(), markers, strict=False):
        of = table["kind"] == kind
        ax.plot(years[of], heights[of], marker, color=colour, ms=5, mec="white", label=kind)
    ax.set_yticks(range(len(groups)), groups, fontsize=8)
    ax.set_ylim(len(groups) - 0.5, -1)
    ax.grid(axis="x", color="#e5e5e5")
    ax.legend(loc="upper center", bbox_to_anchor=(0.3, -0.08), ncols=3)
    return ax


EDGE_LINES = {
    "supported": {"style": "solid", "penwidth": "1.8"},
    "conflicting": {"style": "solid", "penwidth": "1.0"},
    "inconclusive": {"style": "dashed", "penwidth": "1.0"},
    "stand_in": {"style": "dashed", "penwidth": "0.7"},
    "second_hand": {"style": "dotted", "penwidth": "2.2"},
    "not_tested": {"style": "dotted", "penwidth": "1.7"},
    "no_change": {"style": "dashed", "penwidth": "1.4"},
    "contradicted": {"style": "dashed", "penwidth": "1.8"},
}
"""How a line tells the state of an edge, beside its word and colour."""


def edge_looks(codes: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Say how each state of an edge looks, for `claimatlas.mechanism.layout`.

    Parameters
    ----------
    codes : pandas.DataFrame
        The code list ``edge_state``: index code; label and colour.

    Returns
    -------
    dict of str to dict
        Graphviz attributes of a line by state, and ``label``.
    """
    words = codes[["label", "colour"]].set_axis(["label", "color"], axis=1).to_dict("index")
    return {state: EDGE_LINES[state] | look for state, look in words.items()}


def draw_graph(layout: str) -> str:
    """Draw a graph whose places are settled.

    Parameters
    ----------
    layout : str
        From `claimatlas.mechanism.layout`: Graphviz's language, positions included.

    Returns
    -------
    str
        An SVG document, the same at every run.
    """
    from claimatlas.mechanism import graphviz

    with graphviz() as library:
        picture = library.AGraph(string=layout)
        picture.has_layout = True
        text = picture.draw(format="svg").decode("utf-8")
    return text[text.index("<svg") :]


def plot_flows(
    table: pd.DataFrame, columns: list[str], colour: str, colours: dict[str, str], ax: Axes
) -> Axes:
    """Draw how rows run through several columns, as bands between stacked boxes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a thing that is followed; `columns` name its stations in order.
    columns : list of str
        The stations, from left to right; their values stand beside the boxes.
    colour : str
        The column that tells the colour of a band.
    colours : dict of str to str
        Colour by value of that column, in the order in which bands are stacked.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes. A box is as high as it has rows; each row is a line of the same height.
    """
    order = {name: i for i, name in enumerate(colours)}
    rows = table.assign(_colour=table[colour].map(order)).reset_index(drop=True)
    places, before = {}, rows[columns[0]].rank()
    for name in columns:
        places[name] = before = _stack(rows, name, before)
    under = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}
    for i, name in enumerate(columns):
        side = {"ha": "left", "x": i + 0.03} if i else {"ha": "right", "x": i - 0.03}
        room = 30 if i in (0, len(columns) - 1) else 18
        look = {"va": "center", "fontsize": 7.5, "zorder": 3, "bbox": under, **side}
        for value, heights in places[name].groupby(rows[name]):
            low, high = heights.min() - 0.2, heights.max() + 0.2
            ax.fill_between([i - 0.015, i + 0.015], low, high, color="#444444", lw=0)
            ax.text(y=(low + high) / 2, s=f"{_clip(str(value), room)} ({len(heights)})", **look)
    ease = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 25))
    for i, (left, right) in enumerate(itertools.pairwise(columns)):
        across = np.linspace(i + 0.015, i + 0.985, 25)
        for start, end, value in zip(places[left], places[right], rows[colour], strict=True):
            look = {"color": colours[value], "lw": 1.6, "alpha": 0.55, "solid_capstyle": "butt"}
            ax.plot(across, start + (end - start) * ease, **look)
    for value, shade in colours.items():
        ax.plot([], [], color=shade, lw=5, alpha=0.7, label=value)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=len(colours))
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.set(yticks=[], xlim=(-0.55, len(columns) - 0.4))
    ax.invert_yaxis()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _stack(rows: pd.DataFrame, name: str, before: pd.Series) -> pd.Series:
    """Return the height of each row at one station; boxes in the order of where they come from."""
    where = before.groupby(rows[name]).transform("mean")
    keys = {"where": where, "value": rows[name], "before": before, "c": rows["_colour"]}
    placed = pd.DataFrame(keys).sort_values(list(keys), kind="stable")
    gaps = (placed["value"] != placed["value"].shift()).cumsum() - 1
    heights = pd.Series(range(len(placed)), index=placed.index) + 2.5 * gaps
    return (heights / (heights.max() + 1) * 100).sort_index()


PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
"""Colours of things without a colour of their own, such as articles (Okabe and Ito 2008)."""


def plot_groups(table: pd.DataFrame, x: str, value: str, group: str, ax: Axes) -> Axes:
    """Draw bars side by side, one a group at each place, each with its number.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a place and group.
    x, value, group : str
        The columns of places (in the order in which they stand), of heights, and of groups.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes; groups differ by colour and hatching.
    """
    places, groups = list(dict.fromkeys(table[x])), table.groupby(group, sort=False)
    wide = 0.8 / len(groups)
    for i, (name, rows) in enumerate(groups):
        heights = rows.set_index(x)[value].reindex(places)
        at = np.arange(len(places)) + (i - (len(groups) - 1) / 2) * wide
        look = {"color": PALETTE[i % len(PALETTE)], "hatch": ("", "//", "..")[i % 3]}
        bars = ax.bar(at, heights, wide * 0.94, edgecolor="white", lw=0, label=name, **look)
        words = ["" if pd.isna(v) or not v else f"{v:.3g}" for v in heights]
        ax.bar_label(bars, words, fontsize=7, padding=1)
    ax.set_xticks(range(len(places)), [str(p) for p in places])
    ax.legend()
    return ax


def plot_ranges(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw ranges on one logarithmic axis, one row each, with their numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        ``label`` (of the row), ``low``, ``high`` (positive), ``unit`` and ``kind`` (legend entry);
        rows from top to bottom.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes; kinds differ by colour and marker.
    """
    kinds = dict.fromkeys(table["kind"])
    pairs = zip(kinds, itertools.cycle(PALETTE), itertools.cycle("osD^vP"), strict=False)
    looks = {kind: {"color": colour, "marker": marker} for kind, colour, marker in pairs}
    for y, row in enumerate(table.itertuples()):
        ends = f"{row.low:.10g}" if row.low == row.high else f"{row.low:.10g}–{row.high:.10g}"
        look = looks[row.kind]
        ax.plot([row.low, row.high], [y, y], lw=3, ms=6, solid_capstyle="round", **look)
        ax.text(row.high * 1.12, y, f"{ends} {row.unit}", va="center", fontsize=7.5)
    for kind, look in looks.items():
        ax.plot([], [], label=kind, **look)
    ax.set(xscale="log", xlim=(None, table["high"].max() * 4), ylim=(len(table) - 0.4, -0.6))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.10g}")
    ax.xaxis.set_minor_locator(NullLocator())
    labels = ["\n".join(wrapped(_clip(str(name), 92), 48)) for name in table["label"]]
    ax.set_yticks(range(len(table)), labels, fontsize=7.5)
    ax.grid(axis="x", color="#e5e5e5")
    ax.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=4)
    return ax
