"""The people in the pictures: one for each role, each a client of the REST API."""

from typing import NamedTuple

from instructstudio.client import Client
from instructstudio.demo.story import join
from instructstudio.demo.studio import Studio

OWNER = "owner@studio.local"
ROLES = {"ada": "author", "lin": "author", "rui": "reviewer", "tao": "trainer", "vera": "viewer"}


class Team(NamedTuple):
    """Olga owns the studio. Ada writes, Lin writes in Chinese, Rui reviews, Tao trains, Vera looks."""

    olga: Client
    ada: Client
    lin: Client
    rui: Client
    tao: Client
    vera: Client


def email(name: str) -> str:
    return f"{name}@bookshop.example"


def gather(studio: Studio, project: str) -> Team:
    """Everybody let into the project by an invitation of Olga's."""
    olga = studio.person(OWNER)
    return Team(
        olga,
        **{name: join(studio, olga, project, email(name), role) for name, role in ROLES.items()},
    )


def let_in(team: Team, project: str, *names: str) -> None:
    """Some of them, in the same roles, in one more project."""
    for name in names:
        asked = team.olga.post(f"projects/{project}/invitations/", email=email(name), role=ROLES[name])  # fmt: skip
        getattr(team, name).post("redemptions/", token=asked["token"])
