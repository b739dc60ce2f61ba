"""A studio in a state worth showing, made over REST as a team would have made it."""

from typing import NamedTuple

from instructstudio.demo.studio import Studio
from tests.screenshots import straits, trained, writing
from tests.screenshots.straits import Straits
from tests.screenshots.team import Team, gather
from tests.screenshots.trained import Say, Trained
from tests.screenshots.writing import Written

PROJECT = "bookshop-assistant"


class Scene(NamedTuple):
    team: Team
    written: Written
    trained: Trained
    straits: Straits | None


def play(studio: Studio, say: Say, *, everything: bool) -> Scene:
    """The sample project with people, drafts, reviews, a snapshot, a trained model and its scores;
    and where `everything` is asked for, what is seldom looked at."""
    team = gather(studio, PROJECT)
    written = writing.write(team, PROJECT)
    done = trained.train_on_intents(team, PROJECT, say)
    rare = straits.bring_about(team, PROJECT, done, say) if everything else None
    return Scene(team, written, done, rare)
