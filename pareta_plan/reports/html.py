"""Evals row by row as one HTML file, which asks no network for anything.

Its policy lets run the one script and the one style sheet whose digests it names, and load
nothing. Rows are data that no browser runs; the script puts them on the page as text.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from importlib.resources import files

from pareta_plan.client.remote import EMBEDDED
from pareta_plan.gates.compared import Compared
from pareta_plan.gates.course import courses
from pareta_plan.gates.gates import Outcome, Verdict, held_last, judge, worst
from pareta_plan.gates.savings import mean_cost
from pareta_plan.gates.since import Turn
from pareta_plan.gates.tables import Confusion, FieldCounts, confusion, field_counts
from pareta_plan.render.comparison import COLUMNS, FIGURES, measured_rows
from pareta_plan.render.rows import Shown
from pareta_plan.render.verdicts import reason
from pareta_plan.reports.curve import curve
from pareta_plan.reports.markup import Html, element, inert
from pareta_plan.reports.page_rows import counts, only_file, rows_data
from pareta_plan.reports.picture import Point, front, picture
from pareta_plan.reports.report import Report
from pareta_plan.version import __version__
from pareta_plan.wire import MICRO
from pareta_plan.words import count, quality, usd

BEGINNING = "<!doctype html>\n<!-- pareta-plan results -->\n"
WIDE, NARROW = 640.0, 350.0
HEADS = {"$/call": "$ a request"}
SHADES = 5


def render(report: Report) -> str:
    """The page of the rows that there are; nothing without any."""
    return page(*report.scored) if report.scored else ""


def page(platform: str, shown: Sequence[Shown]) -> str:
    """The file's text."""
    style, script = (_part(name) for name in ("page.css", "page.js"))
    title = f"Results: {', '.join(one.name for one in shown)}"
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title if len(title) < 80 else "Results"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element("a", "Skip to the results", class_="skip", href="#results"),
        element("header", element("h1", "Results, row by row"), _made(platform, shown)),
        element(
            "main",
            _overview(shown) if len(shown) > 1 else None,
            *(_workload(i, one) for i, one in enumerate(shown)),
            id="results",
        ),
        element("script", Html(script)),
    )
    return f"{BEGINNING}{element('html', head, body, lang='en')}\n"


def _part(name: str) -> str:
    return files("pareta_plan.reports").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _made(platform: str, shown: Sequence[Shown]) -> Html:
    of = count(len(shown), "workload")
    where = "the embedded platform" if platform == EMBEDDED else platform
    said = f"{of} on {where}. Written by pareta-plan {__version__}. "
    return element("p", said, "The rows' own texts are in this file: mind who gets it.")


def _verdicts(compared: Compared) -> list[Verdict]:
    return judge(held_last(compared.evidence), compared.evidence, compared.chosen)


def _said(outcome: Outcome) -> Html:
    return element("strong", outcome, class_=f"verdict {outcome}")


def _overview(shown: Sequence[Shown]) -> Html:
    head = ("workload", "model", "quality", "best baseline", "gates", "rows")
    return element(
        "nav",
        _table("The workloads", head, (_overview_row(i, one) for i, one in enumerate(shown))),
        aria_label="Workloads",
    )


def _overview_row(index: int, shown: Shown) -> list[object]:
    compared, results = shown.compared, shown.compared.evidence.results
    verdicts = _verdicts(compared)
    baseline = "none"
    if compared.baseline is not None and compared.baseline in results:
        baseline = f"{quality(results[compared.baseline].quality)} {compared.baseline}"
    mine = results.get(compared.chosen)
    return [
        element("a", shown.name, href=f"#workload-{index}"),
        compared.chosen,
        quality(mine.quality if mine else None),
        baseline,
        _said(worst(verdicts)) if verdicts else "none",
        str(len(compared.rows)),
    ]


def _workload(index: int, shown: Shown) -> Html:
    compared = shown.compared
    evidence = compared.evidence
    name = f"workload-{index}"
    file = f" of {one}" if (one := only_file(compared)) else ""
    rows = f"{count(len(compared.rows), 'row')}{file}"
    facts = f"Task {evidence.basis.task}. {rows}, scored by run "
    return element(
        "section",
        element("h2", shown.name, id=name, tabindex="-1"),
        element(
            "p", facts, element("code", evidence.run_id), f", {usd(evidence.billed_micro_usd)}."
        ),
        element("div", _figure(compared), _gates(compared), class_="pair"),
        *_courses(compared),
        _models(compared),
        *_tables(compared),
        _changes(shown),
        _rows(index, shown),
        aria_labelledby=name,
    )


def _gates(compared: Compared) -> Html | None:
    verdicts = _verdicts(compared)
    if not verdicts:
        return element("p", "It has no gates.")
    items = (
        element("li", _said(v.outcome), element("span", element("code", v.gate), f" {reason(v)}"))
        for v in verdicts
    )
    return element("ul", *items, class_="gates", aria_label="Gates")


def _courses(compared: Compared) -> Iterator[Html]:
    """How the bounds came towards the limits, where rows were bought as needed."""
    for course in courses(_verdicts(compared), compared.evidence, compared.chosen):
        whose = f", {course.baseline}" if course.baseline else ""
        said = (
            f"{course.gate}{whose}: its bounds after so many rows; the strong line is the one that "
            f"{'has reached' if course.is_there else 'has not reached'} the limit."
        )
        drawn = (
            element("div", curve(course, width, said), class_=kind)
            for kind, width in (("wide", WIDE), ("narrow", NARROW))
        )
        yield element("figure", *drawn, element("figcaption", said), class_="course")


def _figure(compared: Compared) -> Html:
    points = list(_points(compared))
    undrawn = [id for id in compared.models if id not in {point.name for point in points}]
    missing = (
        f" Not drawn, for want of a quality or a cost: {', '.join(undrawn)}." if undrawn else ""
    )
    if not points:
        return element("p", missing.strip())
    floor_at = held_last(compared.evidence).min_quality
    best = ", ".join(point.name for point in front(points))
    said = f"Quality against cost. On the front, where nothing is better and cheaper: {best}."
    return element(
        "figure",
        *(
            element("div", picture(points, floor_at, width, said), class_=kind)
            for kind, width in (("wide", WIDE), ("narrow", NARROW))
        ),
        element(
            "figcaption",
            said,
            " Bars reach from bound to bound; the table has the figures.",
            missing,
        ),
    )


def _points(compared: Compared) -> Iterator[Point]:
    results = compared.evidence.results
    for id in compared.models:
        found = results.get(id)
        cost = mean_cost(found) if found else None
        if found and found.quality is not None and cost is not None:
            role = "baseline" if found.kind == "frontier" else "candidate"
            yield Point(
                id,
                "chosen" if id == compared.chosen else role,
                float(cost * MICRO),
                found.quality,
                found.low,
                found.high,
            )


def _models(compared: Compared) -> Html:
    rows = measured_rows(compared.chosen, compared.evidence)
    head = ["model", *(HEADS.get(column, column) for column in COLUMNS)]
    body = ([id, *figures] for id, figures in rows.items())
    return _table("The models", head, body, FIGURES, "figures")


def _table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    right: Iterable[int] = (),
    class_: str | None = None,
) -> Html:
    """A table whose first column heads its rows, in a part of its own that scrolls across."""
    flush = dict.fromkeys(right, "number")
    heads = (element("th", text, scope="col", class_=flush.get(i)) for i, text in enumerate(head))
    body = (
        element(
            "tr",
            element("th", first, scope="row"),
            *(_cell(cell, flush.get(i)) for i, cell in enumerate(cells, 1)),
        )
        for first, *cells in rows
    )
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_=class_,
    )
    return element("div", table, class_="scrolls", role="group", aria_label=caption, tabindex="0")


def _cell(cell: object, class_: str | None) -> Html:
    is_cell = isinstance(cell, Html) and cell.startswith("<td")
    return cell if is_cell else element("td", cell, class_=class_)  # type: ignore[return-value]


def _tables(compared: Compared) -> Iterator[Html]:
    """What the chosen model confuses or misses; of the other models folded."""
    others = []
    for id in compared.models:
        table = _spread(compared, id)
        if table is not None and id == compared.chosen:
            yield table
        elif table is not None:
            others.append(table)
    if others:
        yield element("details", element("summary", "The same of the other models"), *others)


def _spread(compared: Compared, id: str) -> Html | None:
    if (matrix := confusion(compared, id)) is not None:
        return _matrix(matrix, id, acts=id == compared.chosen)
    if fields := field_counts(compared, id):
        names = ["cut off" if name == "unknown" else name for name in FieldCounts._fields]
        rows = ([field, *(str(n or "·") for n in by)] for field, by in fields.items())
        right = range(1, len(names) + 1)
        return _table(f"Fields, as {id} answered them", ["field", *names], rows, right)
    return None


def _matrix(matrix: Confusion, id: str, *, acts: bool) -> Html:
    """Counts by label; those of the chosen model show their rows when pressed."""
    most = max(matrix.counts.values())
    rows = (
        [
            want,
            *(
                _count(matrix.counts[want, given], most, (i, j), want == given, acts=acts)
                for j, given in enumerate(matrix.given)
            ),
        ]
        for i, want in enumerate(matrix.expected)
    )
    caption = f"Expected (a line each), and what {id} answered (a column each)"
    right = range(1, len(matrix.given) + 1)
    return _table(caption, ["expected", *matrix.given], rows, right, "matrix")


def _count(n: int, most: int, at: tuple[int, int], right: bool, *, acts: bool) -> Html:
    kind = "right" if right else "wrong"
    shade = f"{kind}-{-(-SHADES * n // most)}" if n else ""
    said: object = str(n) if n else "·"
    if n and acts:
        said = element("button", n, type="button", data_pair=f"{at[0]},{at[1]}")
    return element("td", said, class_=f"number {shade}".strip())


def _changes(shown: Shown) -> Html | None:
    since = shown.since
    if since is None:
        return None
    told = [f"{sum(c.turn is turn for c in since.changes)} {turn}" for turn in Turn]
    said = f"Since run {since.before.evidence.run_id}, by {since.before.chosen}: "
    return element("p", said, ", ".join([*told, f"{since.alike} alike"]), ".")


def _rows(index: int, shown: Shown) -> Html:
    """The place of the rows: filters, a table that the script fills, and the data for it."""
    compared = shown.compared
    roles = {compared.chosen: "chosen", **dict.fromkeys(compared.baselines, "baseline")}
    head = [
        *(element("th", name, scope="col") for name in ("Row", "Input", "Expected")),
        *(
            element("th", id, " ", element("small", roles.get(id, "candidate")), scope="col")
            for id in compared.models
        ),
    ]
    table = element(
        "table",
        element("caption", f"Rows of {shown.name}, those that cost quality first"),
        element("thead", element("tr", *head)),
        element("tbody"),
        class_="rows",
    )
    label = f"Rows of {shown.name}"
    return element(
        "div",
        element("h3", "Rows"),
        _filters(index, shown),
        element("p", role="status", class_="status"),
        element("div", table, class_="scrolls", role="group", aria_label=label, tabindex="0"),
        _pager(label),
        element(
            "noscript", element("p", "Rows need scripts; `results --format csv` has them too.")
        ),
        element("script", inert(rows_data(shown)), type="application/json"),
        class_="row-by-row",
    )


def _filters(index: int, shown: Shown) -> Html:
    boxes = (
        element(
            "label",
            element("input", type="checkbox", value=flag, disabled=found == 0),
            f" {words} ({found})",
        )
        for flag, _, words, found in counts(shown)
    )
    search = f"search-{index}"
    return element(
        "form",
        element("label", "Search", for_=search),
        element("input", type="search", id=search, autocomplete="off", spellcheck="false"),
        element("fieldset", element("legend", "Only"), *boxes),
        element("button", "Show all", type="reset"),
        role="search",
        aria_label=f"Rows of {shown.name}",
    )


def _pager(label: str) -> Html:
    return element(
        "nav",
        element("button", "Previous", type="button", class_="previous"),
        element("span", class_="where"),
        element("button", "Next", type="button", class_="next"),
        class_="pager",
        aria_label=f"Pages: {label}",
    )
