"""From rows of evidence to a grade of each proposition, with its arithmetic, and to wording gaps.

Every start value, step, threshold, cap and permitted wording is a row of ``grading_rules.csv``,
which names its source; this module only applies them. The order of rows never matters.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd

from claimatlas.atlas import Atlas

SCOPES = ("in_system", "in_humans")
CERTAINTIES = ("very_low", "low", "moderate", "high")
CONCLUSIVE = ("supports", "contradicts", "no_change", "mixed", "formerly")
SIDES = {"supports": "supported", "contradicts": "contradicted", "no_change": "no_change"}
"""Direction that a finding gives when its side wins; under any other direction no side has won."""
OPEN = ("conflicting", "inconclusive", "none_found")
"""Directions that permit what very low certainty permits."""
COMPARED = ["proposition_id", "scope", "direction", "certainty"]
COUNTS = ["n", "groups", "groups_low", "groups_high"]
GRADE_COLUMNS = [
    "proposition_id", "scope", "direction", "certainty", "rung", "steps", "permitted_wording",
    "best_study_id", "n", "groups", "groups_low", "groups_high", "access", "dated", "ocebm",
    "changes", "listed",
]  # fmt: skip
HELD_COLUMNS = [
    "claim_id", "article_id", "proposition_id", "about", "voice", "stance", "wording", "scope",
    "direction", "certainty", "stands", "permitted", "wording_gap", "gap", "gap_why",
    "quoted_gap", "verdict", "studies",
]  # fmt: skip
GAPS = ("overstated", "matched", "understated", "not_applicable")

ALTERNATIVES: dict[str, dict[str, str]] = {
    "no one-group cap": {"cap_groups": "0"},
    "unknown affiliation counts as independent": {"groups_counted": "high"},
    "not reported costs nothing": {"bias_unclear": "0", "imprecision_unknown": "0"},
    "100 people are enough": {"imprecision_n_people": "100"},
    "observational studies start low": {"start_observational": "low"},
    "called randomised is randomised": {"start_allocation_unclear": "high"},
    "a simple majority of groups wins": {"inconsistency_ratio": "1"},
    "another outcome costs two": {"indirectness_other_outcome": "-2"},
    "secondary records admitted": {"no_grade_access": "none", "no_grade_design": "none"},
}
"""Named changes of rules for `sensitivity`."""


class Rules(dict[str, str]):
    """The rules by name; asking for one that the table lacks raises a ValueError that says so."""

    def __missing__(self, name: str) -> str:
        raise ValueError(f"data/grading_rules.csv: no rule {name!r}; add a row for it")

    def number(self, name: str) -> float:
        """Return a rule's value as a number; ValueError where it is none."""
        try:
            value = float(self[name].replace("−", "-"))
        except ValueError as error:
            raise ValueError(f"data/grading_rules.csv: {name}: {error}") from None
        return int(value) if value.is_integer() else value

    def level(self, name: str) -> int:
        """Return the number of the certainty that a rule names."""
        return int(self.number(f"level_{self[name]}"))

    def certainty(self, level: int) -> str:
        """Return the certainty of that number."""
        return next(name for name in CERTAINTIES if self.number(f"level_{name}") == level)


@dataclass(frozen=True)
class _Step:
    """One line of the arithmetic: kind start, add or cap; `remedy` would undo what it costs."""

    kind: str
    value: int
    words: str = ""
    remedy: str = ""


_Ties = tuple[set[str], set[str]]
"""What possibly ties a study to others, and what surely does."""


class _Body:
    """All that grades are made from, joined and indexed once."""

    def __init__(self, atlas: Atlas, rules: Rules) -> None:
        self.rules = rules
        routed = atlas.propositions[atlas.propositions["route"].isin(["graded", "document"])]
        self.routes = dict(zip(routed["proposition_id"], routed["route"], strict=True))
        self.searched = {search.proposition_id for search in _rows(atlas, "searches")}
        self.affiliations = _affiliations(atlas)
        self.rows: dict[str, list[Any]] = {}
        studies = {study.study_id: vars(study) for study in _rows(atlas, "studies")}
        for found in _rows(atlas, "evidence"):
            if found.study_id not in studies:
                raise ValueError(f"data/evidence.csv: {found.study_id!r} is not in studies.csv")
            row = SimpleNamespace(**studies[found.study_id] | vars(found))
            graded = self.routes.get(row.proposition_id) == "graded"
            vars(row).update(_described(row, graded, rules))
            self.rows.setdefault(row.proposition_id, []).append(row)
        self.bias = _bias(_rows(atlas, "risk_of_bias"), rules)

    def groups(self, rows: Iterable[Any], winning: bool = True) -> int:
        """Count the independent groups behind rows by the run that the rules choose."""
        low, high = _count({r.study_id for r in rows}, self.affiliations)
        return low if winning == (self.rules["groups_counted"] == "low") else high


def grading_rules(atlas: Atlas, changes: Mapping[str, str] | None = None) -> Rules:
    """Read the rules of a corpus.

    Parameters
    ----------
    atlas : Atlas
        The corpus; its table ``grading_rules`` has ``rule`` and ``value``.
    changes : mapping of str to str, optional
        Other values for some rules.

    Returns
    -------
    Rules
        Value by rule.

    Raises
    ------
    ValueError
        Where a change names a rule that the table lacks.
    """
    rules = Rules((row.rule, row.value) for row in _rows(atlas, "grading_rules"))
    for name, value in (changes or {}).items():
        rules[name] = value if name in rules else rules[name]
    return rules


def grade(
    atlas: Atlas, changes: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> pd.DataFrame:
    """Grade every proposition that studies settle, twice, and look up those documents settle.

    Parameters
    ----------
    atlas : Atlas
        The corpus. Tables of the evidence side may be missing or empty.
    changes : mapping of str to str, optional
        Other values for some rules.
    without : collection of str
        Studies to leave out. A proposition that loses evidence so counts as looked for.

    Returns
    -------
    pandas.DataFrame
        By proposition, one row for each of `SCOPES` where its route is ``graded``, and one with
        the scope ``in_system`` where it is ``document`` (no certainty, rung or groups). Columns:
        ``proposition_id``, ``scope``, ``direction``, ``certainty`` (empty where nothing was
        found), ``rung``, ``steps`` (parted by '; '), ``permitted_wording``; ``best_study_id`` with
        its ``n``, ``access`` and ``dated`` (year; of an undated page the day it was read): the
        study that the grade rests on; ``groups`` (independent groups on the winning side as the
        cap counts them), ``groups_low`` and ``groups_high`` (unknown affiliation run both ways),
        ``ocebm`` (a label), ``changes`` (what would change the grade) and ``listed`` (studies that
        never grade). Where no side wins, rung, best study and groups are those of all weighed.

    Raises
    ------
    ValueError
        Where a needed rule is missing or not a number, or evidence names an unknown study.

    Notes
    -----
    GRADE's start values and domains with rules of our own; ``grading_rules`` cites each.
    """
    return _grade(_Body(atlas, grading_rules(atlas, changes)), without)


def _grade(
    body: _Body, without: Collection[str] = (), only: Collection[str] | None = None
) -> pd.DataFrame:
    blank, grades = dict.fromkeys(GRADE_COLUMNS, "") | dict.fromkeys(COUNTS, pd.NA), []
    for proposition in sorted(body.routes if only is None else only):
        rows = body.rows.get(proposition, [])
        left = [r for r in rows if r.study_id not in without]
        kept = [r for r in left if r.grades]
        listed = "; ".join(sorted({r.study_id for r in left if not r.grades}))
        lost = any(r.grades and r.study_id in without for r in rows)
        searched = lost or proposition in body.searched
        graded = body.routes[proposition] == "graded"
        for scope in SCOPES if graded else SCOPES[:1]:
            if not graded:
                row = _settle(kept, searched)
            else:
                row = _weigh(kept, scope, body) if kept else _nothing(searched, listed)
                row["ocebm"] = body.rules[f"ocebm_{row['rung']}"]
            won = row["direction"] in SIDES.values()
            wording = f"{row['direction']}_{row['certainty']}" if won else row["direction"]
            row["permitted_wording"] = body.rules[f"wording_{wording}"]
            row |= {"proposition_id": proposition, "scope": scope, "listed": listed}
            grades.append(blank | row)
    table = pd.DataFrame(grades, columns=GRADE_COLUMNS)
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def _rows(atlas: Atlas, name: str) -> list[SimpleNamespace]:
    """Return the rows of a table, none where the corpus lacks it; an empty cell is ''."""
    frame = atlas.tables.get(name, pd.DataFrame())
    cells = [c.astype(object).fillna("") if c.hasnans else c for _, c in frame.items()]
    return [
        SimpleNamespace(**dict(zip(frame, row, strict=True))) for row in zip(*cells, strict=True)
    ]


def _words(code: str) -> str:
    return code.replace("_", " ")


def _described(row: Any, graded: bool, rules: Rules) -> dict[str, Any]:
    """Say what a study is by the rules: where its sum starts, its rung, tier, size and date."""
    design = start = row.design
    if design == "randomised_trial" and row.randomised != "yes":
        design = start = "allocation_unclear"
    elif design == "human_experiment" and row.randomised == "yes":
        design = start = "randomised_trial"
    elif design in rules["uncontrolled_designs"].split("; "):
        stated = row.comparator.strip().casefold() in rules["uncontrolled_words"].split("; ")
        start = "uncontrolled_experiment" if stated else design
    species = set(re.findall(r"\w+", row.species.casefold()))
    rung = rules["rung_uncontrolled_trial" if design == "unclear" and species else f"rung_{design}"]
    human = rules["people_rungs"].split("; ")
    if rung in human and species and species.isdisjoint(rules["people_words"].split("; ")):
        rung = rules["rung_animal_experiment"]
    read = f"undated, read {str(row.checked)[:10]}" if row.checked else "undated"
    account = graded and row.design in rules["no_grade_design"].split("; ")
    return {
        "start": start,
        "start_level": rules.level(f"start_{start}"),
        "rung": rung,
        "rank": rules["rung_order"].split("; ").index(rung),
        "people": rung in human,
        "tier": rules.number(f"tier_{row.directness}"),
        "size": -1 if row.n == "" else int(row.n),
        "dated": read if row.year == "" else f"{int(row.year):04d}",
        "grades": row.access not in rules["no_grade_access"].split("; ") and not account,
    }


def _bias(table: list[Any], rules: Rules) -> dict[str, tuple[int, str]]:
    """Return each study's step for risk of bias and why; of two tools the worse one counts."""
    judged: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in table:
        judged[row.study_id, row.tool].append(row.judgement)
    steps: dict[str, tuple[int, str]] = {}
    for (study, tool), given in judged.items():
        domains = max(int(rules.number(f"bias_domains_{tool}")), len(given))
        low, some, high = (given.count(j) for j in ("low", "some_concerns", "high"))
        unknown = domains - low - some - high
        if high:
            rule = "very_high" if high >= rules.number("bias_very_high_domains") else "high"
            words = f"high in {high} of {domains} domains"
        elif unknown >= rules.number("bias_unclear_share") * domains:
            rule, words = "unclear", f"unclear, not reported in {unknown} of {domains} domains"
        elif some:
            rule, words = "some_concerns", f"some concerns in {some} of {domains} domains"
        else:
            rule, words = "low", f"low in {low} of {domains} domains"
        step = int(rules.number(f"bias_{rule}")), words
        steps[study] = min(step, steps.get(study, step))
    return steps


def independent_groups(atlas: Atlas, studies: Iterable[str]) -> tuple[int, int]:
    """Count the independent groups behind some studies, unknown affiliation run both ways.

    Parameters
    ----------
    atlas : Atlas
        The corpus; tables ``groups`` and ``study_groups``.
    studies : iterable of str
        Study ids.

    Returns
    -------
    (int, int)
        Fewest and most. Studies that share a group, an institution or the developer are one
        (connected components; our own rule). A study without a known group, or a group that may
        be the developer, is one with the others in the first count and by itself in the second.
    """
    return _count(set(studies), _affiliations(atlas))


def _affiliations(atlas: Atlas) -> dict[str, _Ties]:
    """Return by study what possibly ties it to others, and what surely does."""
    groups = {group.group_id: group for group in _rows(atlas, "groups")}
    unknown = SimpleNamespace(institution="", developer="unknown")
    ties: dict[str, _Ties] = {}
    for row in _rows(atlas, "study_groups"):
        group = groups.get(row.group_id, unknown)
        places = {f"at {p.strip().casefold()}" for p in group.institution.split(";") if p.strip()}
        own = places | {f"group {row.group_id}"}
        possible, sure = ties.setdefault(row.study_id, (set(), set()))
        possible |= own | ({"developer"} if group.developer in ("yes", "unknown", "") else set())
        sure |= own | ({"developer"} if group.developer == "yes" else set())
    return ties


def _count(studies: set[str], affiliations: Mapping[str, _Ties]) -> tuple[int, int]:
    known = [affiliations[study] for study in studies if study in affiliations]
    low = _components(possible for possible, _ in known)
    high = _components(sure for _, sure in known) + len(studies) - len(known)
    return max(low, min(1, len(studies))), high


def _components(sets: Iterable[set[str]]) -> int:
    parts: list[set[str]] = []
    for ties in sets:
        touching = [part for part in parts if part & ties]
        parts = [part for part in parts if not part & ties] + [ties.union(*touching)]
    return len(parts)


def _nothing(searched: bool, listed: str) -> dict[str, Any]:
    direction = "none_found" if searched else "not_looked_for"
    known = "second-hand records only" if listed else "no study"
    known += "" if searched else ", no search recorded"
    return dict.fromkeys(COUNTS[1:], 0) | {
        "direction": direction,
        "rung": "secondary" if listed else "none",
        "steps": f"direction: {known}, {_words(direction)}",
        "changes": "any study that measures it and can be read",
    }


def _weigh(rows: list[Any], scope: str, body: _Body) -> dict[str, Any]:
    """Grade one proposition in one scope from its rows, of which there is at least one."""
    rules = body.rules
    nearest = _closest(rows, people_first=scope == "in_humans") or rows
    direction, side = _direction(nearest, body)
    best = min(side, key=lambda r: (-r.start_level, -r.rank, -r.size, r.study_id))
    low, high = _count({r.study_id for r in side}, body.affiliations)
    findings = Counter(finding for finding, _ in {(r.finding, r.study_id) for r in nearest})
    if direction in OPEN:
        level = rules.level(f"certainty_{direction}")
        steps = [_Step("start", level, f"start: no side wins, {_named(level, rules)}")]
        changes = "a conclusive study more direct than those weighed"
    else:
        steps = _domains(best, len(findings) > 1, body)
        steps += _caps(best, scope, body.groups(side), high, rules)
        level, changes = _total(steps, rules), _changes(steps, direction, rules)
    tier = "no conclusive" if direction == "inconclusive" else _words(best.directness)
    tier += " studies with people" if scope == "in_humans" and best.people else " studies"
    said = ", ".join(f"{_words(finding)} {n}" for finding, n in sorted(findings.items()))
    lines = [f"direction: {tier}, {said}, {_words(direction)}", *(step.words for step in steps)]
    return {
        "direction": direction,
        "certainty": rules.certainty(level),
        "rung": best.rung,
        "steps": "; ".join([*lines, f"certainty: {_named(level, rules)}"]),
        "best_study_id": best.study_id,
        "n": best.size if best.size >= 0 else pd.NA,
        "groups": body.groups(side),
        "groups_low": low,
        "groups_high": high,
        "access": best.access,
        "dated": best.dated,
        "changes": changes,
    }


def _domains(best: Any, divided: bool, body: _Body) -> list[_Step]:
    """Return the start and GRADE's five domains for the study that the grade rests on."""
    rules = body.rules
    remedy = "a randomised trial" if best.people else "a controlled experiment"
    start = f"start: {best.study_id}, {_words(best.start)}, {_named(best.start_level, rules)}"
    steps = [_Step("start", best.start_level, start, remedy)]
    needed = rules.number(f"imprecision_n_{'people' if best.people else 'other'}")
    precision = 0, f"n {best.size}, at least {needed}"
    if best.size < 0:
        precision = rules.number("imprecision_unknown"), "unclear, n not reported"
    elif best.size < needed:
        precision = rules.number("imprecision_small"), f"n {best.size}, fewer than {needed}"
    bias = body.bias.get(best.study_id, (rules.number("bias_unclear"), "unclear, not judged"))
    differ = rules.number("inconsistency"), "findings differ, one side outweighs"
    direct = rules.number(f"indirectness_{best.directness}"), _words(best.directness)
    for name, (value, words), undo in (
        ("risk of bias", bias, "a report of how bias was kept out"),
        ("inconsistency", differ if divided else (0, "findings agree"), "no differing finding"),
        ("indirectness", direct, "direct evidence"),
        ("imprecision", precision, f"a stated n of at least {needed}"),
        ("reporting", (rules.number("reporting"), "nothing stated"), "protocols and all results"),
    ):
        signed = f"{int(value):+d}".replace("-", "−") if int(value) else "0"
        steps.append(_Step("add", int(value), f"{name}: {words} ({signed})", undo))
    return steps


def _closest(rows: list[Any], people_first: bool = False) -> list[Any]:
    """Return the conclusive rows of the closest tier; in humans, work with people comes first."""
    tiers: dict[tuple[bool, float], list[Any]] = {}
    for row in rows:
        if row.finding in CONCLUSIVE:
            tiers.setdefault((people_first and not row.people, row.tier), []).append(row)
    return tiers[min(tiers)] if tiers else []


def _direction(rows: list[Any], body: _Body) -> tuple[str, list[Any]]:
    """Return the direction of one tier's rows, and the rows of the winning side."""
    found = {r.finding for r in rows}
    if found.isdisjoint(CONCLUSIVE):
        return "inconclusive", rows
    # Contradicted and unchanged both say that it is not so: against mixed findings they are one.
    side = {"supports"} if "supports" in found else {"contradicts", "no_change"}
    ours = [r for r in rows if r.finding in side]
    theirs = body.groups([r for r in rows if r.finding not in side], winning=False)
    outweighs = body.groups(ours) >= body.rules.number("inconsistency_ratio") * theirs
    if not ours or {"supports", "contradicts"} <= found or not outweighs:
        return "conflicting", rows
    parts = [[r for r in ours if r.finding == f] for f in ("no_change", "contradicts", "supports")]
    winners = max(parts, key=body.groups)  # of two equal ones the first, the weaker statement
    return SIDES[winners[0].finding], winners


def _caps(best: Any, scope: str, groups: int, most: int, rules: Rules) -> list[_Step]:
    """Return the caps that apply: grade in humans without people, then fewer than two groups."""
    caps = []
    if scope == "in_humans" and not best.people:
        level = rules.level("cap_people_not_studied")
        words = f"people: no conclusive work with people, at most {_named(level, rules)}"
        caps.append(_Step("cap", level, words, "a controlled study of people"))
    if groups < rules.number("cap_groups"):
        level = rules.level("cap_one_group")
        words = f"one-group cap: independent groups {groups}"
        words += f", up to {most} if unknown affiliations differ" if most > groups else ""
        words += f", at most {_named(level, rules)}"
        caps.append(_Step("cap", level, words, "another independent group"))
    return caps


def _total(steps: Iterable[_Step], rules: Rules) -> int:
    """Add start and steps, raise to the floor, lower to each cap."""
    total = sum(step.value for step in steps if step.kind != "cap")
    total = max(min(total, int(rules.number("level_high"))), int(rules.number("level_very_low")))
    return min([total, *(step.value for step in steps if step.kind == "cap")])


def _named(level: int, rules: Rules) -> str:
    return f"{_words(rules.certainty(level))} ({level})"


def _changes(steps: list[_Step], direction: str, rules: Rules) -> str:
    """Say what would change a grade: each costly step undone alone, and the opposite finding."""
    now, top, said = _total(steps, rules), int(rules.number("level_high")), []
    for step in steps:
        undone = top if step.kind == "start" else 0
        rest = [other for other in steps if other is not step]
        then = _total([*rest, _Step("add", undone)], rules)
        if then > now:
            said.append(f"{step.remedy} (to {_words(rules.certainty(then))})")
        elif step.value < undone:
            said.append(f"{step.remedy} (not by itself)")
    opposite = "contradicting" if direction == "supported" else "supporting"
    return "; ".join([*said, f"an equally direct {opposite} study (to conflicting or less)"])


def _settle(rows: list[Any], searched: bool) -> dict[str, Any]:
    """Say what the closest documents show, and when they were written."""
    nearest = side = _closest(rows)
    found = {r.finding for r in nearest}
    former, now = ([r for r in nearest if r.finding == f] for f in ("formerly", "supports"))
    if former and _newest(now) <= _newest(former):
        direction, side = "outdated", former
    elif "mixed" in found or {"supports"} < found:
        direction = "documents_conflict"
    elif nearest:
        direction = "confirmed" if now else "refuted"
    else:
        direction, side = "not_found" if searched or rows else "not_looked_for", rows
    words = {f"{r.study_id}: {_words(r.finding)}, {r.dated}" for r in nearest or rows}
    row = {"direction": direction, "changes": "a later or closer document"}
    row["steps"] = "; ".join([*sorted(words), f"direction: {_words(direction)}"])
    if side:
        year = _newest(side)
        latest = [r for r in side if r.dated == year] or side
        best = min(latest, key=lambda r: (r.access != "full_text", r.study_id))
        row |= {"best_study_id": best.study_id, "access": best.access, "dated": best.dated}
    return row


def _newest(rows: Iterable[Any]) -> str:
    return max((r.dated for r in rows if r.dated.isdigit()), default="")


def strength_table(
    atlas: Atlas, grades: pd.DataFrame, scope: str = "in_humans", claimed: bool = True
) -> pd.DataFrame:
    """Put the grades of one scope into the words of the codebook, ready to draw.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    grades : pandas.DataFrame
        From `grade`.
    scope : str
        ``in_humans`` or ``in_system``.
    claimed : bool
        The statements that claims make, or those that studies measured and no claim makes.

    Returns
    -------
    pandas.DataFrame
        One row a graded proposition, by topic as shown and then by id: proposition_id, statement,
        topic, ``direction`` and its ``colour``, ``certainty`` and its ``level`` (1 to 4, 0 where no
        evidence was found), ``evidence`` (rung, and n of the best study) and ``groups``
        (independent groups on the winning side; a range where affiliations are unknown).
    """
    columns = ["proposition_id", "statement", "topic", "route"]
    rows = grades[grades["scope"] == scope].merge(atlas.propositions[columns], on="proposition_id")
    said = rows["proposition_id"].isin(atlas.claims["proposition_id"])
    rows = rows[(rows["route"] == "graded") & (said == claimed)].copy()
    found = ~rows["direction"].isin(["none_found", "not_looked_for"])
    levels = {name: level for level, name in enumerate(atlas.labels("certainty"), start=1)}
    rows["level"] = rows["certainty"].map(levels).fillna(0).astype(int)
    rows["certainty"] = rows["certainty"].map(atlas.labels("certainty")).fillna("")
    directions = atlas.code_list("direction")
    rows["colour"] = rows["direction"].map(directions["colour"])
    rows["direction"] = rows["direction"].map(directions["label"])
    size = rows["n"].map(lambda n: "" if pd.isna(n) else f", n = {n}")
    rows["evidence"] = rows["rung"].map(atlas.labels("rung")).fillna("") + size
    low, high = rows["groups_low"].astype("string"), rows["groups_high"].astype("string")
    rows["groups"] = low.where(low == high, low + "–" + high).fillna("").where(found, "")
    place = {topic: i for i, topic in enumerate(atlas.labels("topic"))}
    rows = rows.assign(place=rows["topic"].map(place)).sort_values(["place", "proposition_id"])
    keep = ["proposition_id", "statement", "topic", "direction", "colour", "certainty", "level"]
    return rows[[*keep, "evidence", "groups"]].reset_index(drop=True)


def wording_gap(
    stance: str, wording: str, direction: str, certainty: str, rules: Rules
) -> tuple[int, int] | tuple[None, None]:
    """Hold one wording against one grade.

    Parameters
    ----------
    stance, wording : str
        The claim's codes.
    direction, certainty : str
        The grade's; certainty is empty where nothing was found.
    rules : Rules
        From `grading_rules`.

    Returns
    -------
    (int, int) or (None, None)
        The strength of wording that the grade permits, negative where the claim opposes (affirms
        what is contradicted or unchanged, denies what is supported); and the gap, the wording's
        signed distance from it: above 0 overstated, below 0 understated, from the nearer end where
        its strength is a range. Missing for documents and where nobody looked or graded.

    Notes
    -----
    After GRADE's informative statements (Santesso 2020, J Clin Epidemiol 119:126); numbers ours.
    """
    if direction not in (*SIDES.values(), *OPEN):
        return None, None
    permitted = int(rules.number(f"permitted_{'very_low' if direction in OPEN else certainty}"))
    word = "says_unknown" if stance == "says_unknown" else wording
    if _stands(stance, direction) == "opposes":
        permitted = -permitted
    ends = [int(end) - permitted for end in re.findall(r"\d+", rules[f"strength_{word}"])]
    return permitted, 0 if min(ends) <= 0 <= max(ends) else min(ends, key=abs)


def _stands(stance: str, direction: str) -> str:
    if stance == "says_unknown" or direction not in SIDES.values():
        return ""
    return "agrees" if (stance == "affirms") == (direction == "supported") else "opposes"


def claims_graded(
    atlas: Atlas, grades: pd.DataFrame, changes: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Hold each claim against the grade that its wording speaks of.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    grades : pandas.DataFrame
        From `grade`.
    changes : mapping of str to str, optional
        Other values for some rules.

    Returns
    -------
    pandas.DataFrame
        One row a claim, by id: ``claim_id``, ``article_id``, ``proposition_id``, ``about``,
        ``voice``, ``stance``, ``wording``; ``scope``, ``direction`` and ``certainty`` of the grade;
        ``stands`` (agrees, opposes or empty), ``permitted`` (signed strength), ``wording_gap`` (own
        voice about the world, else missing), ``gap`` (one of `GAPS`), ``gap_why``; ``quoted_gap``
        (the same distance for quoted claims about the world), ``verdict`` (right or wrong, for
        claims about the evidence on a graded proposition or on one that entails graded ones) and
        ``studies`` (how many that grade bear on the proposition, for claims about the record).
    """
    return _held(atlas, atlas.claims, _Body(atlas, grading_rules(atlas, changes)), grades)


def _held(atlas: Atlas, claims: pd.DataFrame, body: _Body, grades: pd.DataFrame) -> pd.DataFrame:
    lookup = {(g.proposition_id, g.scope): g for g in grades.itertuples()}
    entailed: dict[str, list[str]] = {}
    for link in _rows(atlas, "proposition_links"):
        if link.relation == "entails":
            entailed.setdefault(link.from_id, []).append(link.to_id)
    held = [_hold(claim, lookup, entailed, body) for claim in claims.itertuples()]
    table = pd.DataFrame(held, columns=HELD_COLUMNS).sort_values("claim_id", ignore_index=True)
    numbers = ["permitted", "wording_gap", "quoted_gap", "studies"]
    return table.astype(dict.fromkeys(numbers, "Int64"))


_UNGRADED = SimpleNamespace(scope="", direction="", certainty="")


def _hold(
    claim: Any, lookup: Mapping[tuple[str, str], Any], entailed: Mapping[str, list], body: _Body
) -> dict[str, Any]:
    """Hold one claim against its grade, and say why the outcome is what it is."""
    rules, proposition = body.rules, claim.proposition_id
    route = body.routes.get(proposition, "not graded")
    scope = SCOPES[0] if route == "document" else rules[f"scope_{claim.species_worded}"]
    grade = lookup.get((proposition, scope), _UNGRADED)
    direction, certainty = grade.direction, grade.certainty
    permitted, gap = wording_gap(claim.stance, claim.wording, direction, certainty, rules)
    stands, verdict, studies = _stands(claim.stance, direction), "", None
    if claim.about == "evidence":
        targets = [proposition] if route == "graded" else entailed.get(proposition, [])
        verdict = _verdict(claim, [lookup.get((target, scope)) for target in targets], rules)
        why = "about the evidence: " + (verdict or "no grade to hold it against")
    elif claim.about == "record" and route == "graded":
        studies = len({r.study_id for r in body.rows.get(proposition, []) if r.grades})
        why = f"about the record: {studies} studies bear on the matter"
    elif claim.about == "record":
        why = _words(f"about the record: {direction or route}")
    elif claim.about != "world":
        why = f"about {claim.about}: not held against evidence"
    elif claim.voice == "distanced":
        why = "a belief reported without being shared"
    elif gap is None:
        why = _words(f"{route}: {direction}").removesuffix(": ")
    else:
        word = "says unknown" if claim.stance == "says_unknown" else claim.wording
        against = _words(f"{direction} {certainty}").strip()
        why = f"{word}, {stands or 'held'} against {against}, permitted {permitted}: {gap:+d}"
        why = f"quoted words, tabulated apart: {why}" if claim.voice == "quoted" else why
    own, quoted = (claim.about == "world" and claim.voice == voice for voice in ("own", "quoted"))
    held = gap if own else None
    return {column: getattr(claim, column) for column in HELD_COLUMNS[:7]} | {
        "scope": grade.scope,
        "direction": direction,
        "certainty": certainty,
        "stands": stands,
        "permitted": permitted,
        "wording_gap": held,
        "gap": "not_applicable" if held is None else GAPS[1 - (held > 0) + (held < 0)],
        "gap_why": why,
        "quoted_gap": gap if quoted else None,
        "verdict": verdict,
        "studies": studies,
    }


def _verdict(claim: Any, grades: list[Any], rules: Rules) -> str:
    """Say whether a claim that something is, or is not, shown is right by its grades."""
    if not grades or any(g is None or g.direction == "not_looked_for" for g in grades):
        return ""
    if claim.stance == "says_unknown":
        right = all(g.direction in OPEN or g.certainty == "very_low" for g in grades)
    else:
        wording = claim.wording if claim.stance == "affirms" else "bare"
        certain = {g.certainty if g.direction == "supported" else "very_low" for g in grades}
        level = min(rules.number(f"level_{certainty}") for certainty in certain)
        right = (level >= rules.level(f"proven_from_{wording}")) == (claim.stance == "affirms")
    return "right" if right else "wrong"


def gap_shares(claims: pd.DataFrame) -> pd.DataFrame:
    """Count overstated, matched and understated claims of each article; gaps are never averaged.

    Parameters
    ----------
    claims : pandas.DataFrame
        From `claims_graded`.

    Returns
    -------
    pandas.DataFrame
        One row an article and each of `GAPS`: ``article_id``, ``gap``, ``n``, ``of`` (the article's
        claims that were held against a grade) and ``share`` (``n / of``; missing for
        not_applicable, and where ``of`` is 0).
    """
    counted = claims.groupby(["article_id", "gap"]).size()
    grid = pd.MultiIndex.from_product([sorted(claims["article_id"].unique()), GAPS])
    table = counted.reindex(grid.set_names(["article_id", "gap"]), fill_value=0).rename("n")
    table = table.reset_index()
    held = table["gap"] != "not_applicable"
    table["of"] = table["n"].where(held, 0).groupby(table["article_id"]).transform("sum")
    table["share"] = (table["n"] / table["of"]).where(held & (table["of"] > 0))
    return table


def sensitivity(
    atlas: Atlas, alternatives: Mapping[str, Mapping[str, str]] | None = None
) -> pd.DataFrame:
    """Grade again under other rules and with studies left out; return only what moves.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    alternatives : mapping of str to mapping, optional
        Changes of rules by name; `ALTERNATIVES` where left out. Studies of groups that are the
        developer, and each study by itself, are left out in any case.

    Returns
    -------
    pandas.DataFrame
        One row a variant, proposition and scope whose direction or certainty differs:
        ``proposition_id``, ``scope``, ``variant``, ``from_direction``, ``to_direction``,
        ``from_certainty``, ``to_certainty`` and ``claims`` (ids of claims whose wording gap, or
        that of their quoted words, moves with it, parted by '; ').
    """
    alternatives = ALTERNATIVES if alternatives is None else alternatives
    body = _Body(atlas, grading_rules(atlas))
    makers = {s for s, (_, sure) in body.affiliations.items() if "developer" in sure}
    others = {n: (_Body(atlas, grading_rules(atlas, c)), ()) for n, c in alternatives.items()}
    others["without the developer"] = body, makers
    bearing = {p: {r.study_id for r in body.rows.get(p, [])} for p in body.routes}
    studies = sorted(set().union(*bearing.values()))
    others |= {f"without {study}": (body, {study}) for study in studies}
    key, base = ["proposition_id", "scope"], _grade(body)
    held = _held(atlas, atlas.claims, body, base).set_index("claim_id")
    before, moved = base[COMPARED].set_index(key).add_prefix("from_"), []
    for name, (variant, without) in others.items():
        touched = {p for p in bearing if bearing[p] & set(without)} if without else None
        grades = _grade(variant, without, touched)
        both = before.join(grades[COMPARED].set_index(key).add_prefix("to_"), how="inner")
        same = [both[f"from_{c}"] == both[f"to_{c}"] for c in COMPARED[2:]]
        both = both[~(same[0] & same[1])].reset_index()
        claims = atlas.claims[atlas.claims["proposition_id"].isin(both["proposition_id"])]
        after = _held(atlas, claims, variant, grades).set_index("claim_id")
        gaps = [t["wording_gap"].fillna(t["quoted_gap"]).fillna(-99) for t in (held, after)]
        other = after[gaps[0].reindex(after.index) != gaps[1]].reset_index()
        listed = other.groupby(key)["claim_id"].agg("; ".join).rename("claims")
        moved.append(both.join(listed, on=key).assign(variant=name))
    columns = [f"{end}_{c}" for c in COMPARED[2:] for end in ("from", "to")]
    table = pd.concat(moved, ignore_index=True).fillna({"claims": ""})
    return table[[*key, "variant", *columns, "claims"]]
