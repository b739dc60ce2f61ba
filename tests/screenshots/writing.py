"""What the team wrote in the sample project: a draft on the desk, a pair that came back and was
written again, a comment that waits for its writer."""

from typing import Any, NamedTuple

from tests.screenshots.team import Team

FIRST_TRY = (
    "You can send the atlas back within 30 days. The refund comes after we receive it. "
    "Please contact support for a label."
)
SECOND_TRY = (
    "You can send the atlas back within 30 days of the day it reached you, as long as the map in "
    "the sleeve is still with it. Print the label from your order's page; the refund follows within "
    "five working days of the parcel's arrival."
)


class Written(NamedTuple):
    """Pairs by their ids."""

    draft: int
    """Ada's, unfinished: on the editor's page."""
    revised: int
    """Ada's second try at what Rui sent back: before Rui again."""
    returned: int
    """Lin's, with Rui's comment: for Lin to mend."""


def write(team: Team, project: str) -> Written:
    revised = _wrote(
        team.ada,
        project,
        task="chat",
        system="You answer for an online bookshop: friendly, brief, and only what its rules say.",
        instruction="I bought the big road atlas a week ago and it is too heavy for the car. "
        "Can I still return it, and who pays for the parcel?",
        response=FIRST_TRY,
        tags=["returns"],
        language="en",
    )
    _judged(
        team,
        revised,
        "request_changes",
        "Who pays? And say from which day the 30 days count.",
        {"overall": 3, "instruction": 5, "response": 2},
    )
    team.ada.post(f"pairs/{revised['id']}/revisions/", parent=1, response=SECOND_TRY)
    team.ada.post(f"pairs/{revised['id']}/submission/")

    returned = _wrote(
        team.lin,
        project,
        task="intent",
        instruction=_instruction(team, project),
        input="书到了，可是封面折了一道印，能便宜一点吗？不想退，太麻烦了",
        response="return_item",
        tags=["near-miss"],
        language="zh",
    )
    _judged(
        team, returned, "request_changes", "不想退：这还算 return_item 吗？请对照指南第三条。", {}
    )
    draft = _wrote(
        team.ada,
        project,
        task="intent",
        instruction=_instruction(team, project),
        input="The tracking page says delivered on Tuesday, but nothing came and my neighbours have "
        "not seen a parcel either. Order 7730-18. What happens now?",
        response="order_status",
        tags=["near-miss", "polite"],
        language="en",
        submit=False,
    )
    return Written(draft["id"], revised["id"], returned["id"])


def _instruction(team: Team, project: str) -> str:
    tasks = team.ada.get(f"projects/{project}/tasks/")["results"]
    return next(one["instruction"] for one in tasks if one["slug"] == "intent")


def _wrote(by: Any, project: str, *, submit: bool = True, **pair: Any) -> dict[str, Any]:
    wrote = by.post(f"projects/{project}/pairs/", **pair)["pair"]
    return by.post(f"pairs/{wrote['id']}/submission/") if submit else wrote


def _judged(team: Team, pair: dict[str, Any], verdict: str, comment: str, ratings: dict[str, int]):
    team.rui.post(
        f"revisions/{pair['head']['id']}/reviews/",
        verdict=verdict,
        comment=comment,
        ratings=ratings,
    )
