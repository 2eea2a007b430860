"""An evaluation as one HTML file that opens anywhere: the table first, then the figures; nothing is fetched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vqa_toolkit.evaluate.bootstrap import Interval
from vqa_toolkit.figures.clock import clock
from vqa_toolkit.report.markup import Html, element, grid, join, text

if TYPE_CHECKING:
    from vqa_toolkit.evaluate.run import DefectEvaluation, Evaluation

MOST_MISTAKES = 40  # misses and alarms listed per defect; events.parquet has them all
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#16202b;background:#fff;max-width:1200px;margin:0 auto;padding:16px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:3px 10px;text-align:left;
border-bottom:1px solid #dde2e8;vertical-align:top}.scroll{overflow-x:auto}.muted{color:#566270}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:12px}
h2{margin-top:36px}details{margin:8px 0}
"""


def to_html(evaluation: Evaluation) -> str:
    """The whole page."""
    from plotly.offline import get_plotlyjs

    from vqa_toolkit.figures.evaluate import confusion

    hours = sum(j.clip.seconds for j in evaluation.judged) / 3600
    head = element(
        "header",
        element("h1", text("How good each detector is")),
        element(
            "p",
            text(
                f"{len(evaluation.judged)} labelled clips, {hours * 60:.1f} minutes, judged by the profile "
                f"“{evaluation.profile.name}”. Intervals are 95 %, by bootstrap over titles."
            ),
            class_="muted",
        ),
    )
    body = join((
        head,
        element("section", element("h2", text("Scores")), scores_table(evaluation)),
        element("section", element("h2", text("Confusion")), _plot(confusion(evaluation))),
        *(_section(one) for one in evaluation.defects.values() if one.score.total.events),
        _failures(evaluation),
    ))  # fmt: skip
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation</title><style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>\n"
        f"<body>{body}</body></html>\n"
    )


def number(value: float, interval: Interval | None = None) -> str:
    """``0.93 (0.81–0.98)``; a dash where unknown."""
    if not math.isfinite(value):
        return "–"
    if interval is None or not math.isfinite(interval.low):
        return f"{value:.2f}"
    return f"{value:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def scores_table(evaluation: Evaluation) -> Html:
    """One row per defect; those without a labelled event keep their row."""
    header = ("Defect", "Events", "Precision", "Recall", "F1", "False alarms/h", "Onset, offset error", "Balanced accuracy",
              "Map IoU")  # fmt: skip
    rows = []
    for name, one in evaluation.defects.items():
        total, spans = one.score.total, one.score.intervals
        errors = f"{one.onset_error:.2f} s, {one.offset_error:.2f} s" if math.isfinite(one.onset_error) else "–"
        rows.append((
            text(name), text(str(total.events)),
            *(text(number(getattr(total, n), spans[n])) for n in ("precision", "recall", "f1", "alarms_per_hour")),
            text(errors), text(number(one.balanced_accuracy)), text(number(one.maps.iou)),
        ))  # fmt: skip
    return grid(header, rows)


def _section(one: DefectEvaluation) -> Html:
    from vqa_toolkit.figures import evaluate as figures

    makers = (figures.precision_recall, figures.roc, figures.events, figures.detection)
    plots = element("div", *(_plot(make(one)) for make in makers), class_="plots")
    return element("section", element("h2", text(one.score.defect)), plots, _mistakes(one))


def _plot(figure: object) -> Html:
    """A figure's own markup, made by plotly; names in it were escaped by the figure functions."""
    from plotly.io import to_html as plotly_html

    return Html(plotly_html(figure, full_html=False, include_plotlyjs=False, config={"displaylogo": False}))


def _mistakes(one: DefectEvaluation) -> Html:
    rows = []
    for c in one.score.clips:
        rows += [
            (text(c.clip.id), text("missed"), text(f"{clock(a)}–{clock(b)}"), text(c.clip.title)) for a, b in c.missed
        ]
        rows += [
            (text(c.clip.id), text("false alarm"), text(f"{clock(f.start)}–{clock(f.end)}"), text(f.message))
            for f in c.alarms
        ]
    if not rows:
        return element("p", text("No miss and no false alarm."), class_="muted")
    summary = element("summary", text(f"{len(rows)} misses and false alarms"))
    return element("details", summary, grid(("Clip", "What", "When", "Title or message"), rows[:MOST_MISTAKES]))


def _failures(evaluation: Evaluation) -> Html:
    rows = [(text(j.clip.id), text(reason)) for j in evaluation.judged for reason in j.failed]
    if not rows:
        return Html("")
    return element("section", element("h2", text("What could not be measured")), grid(("Clip", "Reason"), rows))
