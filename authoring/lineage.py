"""Where a thing comes from, as the steps that `components/_lineage.html` draws, first to last."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from authoring.models import Pair, Snapshot

Step = dict[str, Any]
"""{kind, label, url}"""


def of_pair(pair: Pair) -> list[Step]:
    """File or author → the pair it was written for → pair."""
    slug = pair.project.slug
    steps = []
    if pair.origin is not None:
        label = _("%(file)s, row %(row)s") % {"file": pair.origin.filename, "row": pair.origin_row}
        url = reverse("import", args=[slug, pair.origin_id])
        steps.append({"kind": _("file"), "label": label, "url": url})
    else:
        steps.append(
            {
                "kind": _("author"),
                "label": str(pair.author),
                "url": f"{reverse('pairs', args=[slug])}?author={pair.author_id}",
            }
        )
    if pair.written_for is not None:
        question = pair.written_for
        url = f"{reverse('pair', args=[slug, question.pair_id])}?revision={question.number}"
        steps.append({"kind": _("for pair"), "label": f"#{question.pair_id}", "url": url})
    return [
        *steps,
        {"kind": _("pair"), "label": str(pair), "url": reverse("pair", args=[slug, pair.pk])},
    ]


def of_snapshot(snapshot: Snapshot) -> list[Step]:
    """Approved pairs → the snapshot it was made from → snapshot."""
    slug = snapshot.project.slug
    steps = [
        {
            "kind": "",
            "label": _("approved pairs"),
            "url": f"{reverse('pairs', args=[slug])}?state=approved",
        }
    ]
    made_from = [snapshot.parent] if snapshot.parent is not None else []
    return steps + [
        {
            "kind": _("snapshot"),
            "label": str(one.number),
            "url": reverse("snapshot", args=[slug, one.pk]),
        }
        for one in (*made_from, snapshot)
    ]
