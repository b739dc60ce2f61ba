"""What the engine tells people can be told in any language: every sentence has its parts."""

import ast
import json
import re
from pathlib import Path

import pytest

import engine
from engine.errors import EngineError, SpecError
from engine.words import Words, _, listed

SOURCES = sorted(Path(engine.__file__).parent.rglob("*.py"))
PLACES = re.compile(r"%\((\w+)\)s")


def kinds(error: type[EngineError]) -> set[str]:
    """The names of the whole tree below."""
    return {error.__name__}.union(*map(kinds, error.__subclasses__()))


def calls(path: Path, names: set[str]) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
    return [one for one in found if isinstance(one.func, ast.Name) and one.func.id in names]


def texts(node: ast.AST) -> list[ast.AST]:
    """Strings that stand there bare, outside of `_("…")`."""
    if isinstance(node, ast.Call):
        return []
    if isinstance(node, ast.Dict):
        return [found for value in node.values for found in texts(value)]
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        return [node]
    return [found for child in ast.iter_child_nodes(node) for found in texts(child)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_error_is_raised_with_a_bare_text(path):
    bare = [
        f"line {text.lineno}"
        for call in calls(path, kinds(EngineError) | {"NotSo", "Misfit", "Contradiction"})
        for text in [found for argument in call.args for found in texts(argument)]
        if not (isinstance(text, ast.Constant) and str(text.value).isidentifier())
    ]
    assert not bare, f'write _("…", name=value) in {path.name}: catalogues know nothing else'


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_sentence_is_written_out_and_its_places_are_filled(path):
    for call in calls(path, {"_"}):
        [sentence] = call.args
        assert isinstance(sentence, ast.Constant), f"{path.name}:{call.lineno}: not a literal"
        given = {one.arg for one in call.keywords}
        assert set(PLACES.findall(sentence.value)) == given, f"{path.name}:{call.lineno}"


def test_words_are_a_string_and_their_parts():
    said = _("the %(name)s split is empty", name="train")
    assert said == "the train split is empty"
    assert said.parts() == {"words": "the %(name)s split is empty", "values": {"name": "train"}}


def test_parts_come_back_from_json_with_what_stands_within():
    error = SpecError({"patience": _("must be at least %(least)s", least=1), "seed": _("is odd")})
    back = Words.of(json.loads(json.dumps(error.message.parts(), allow_nan=False)))
    assert back == error.message == "patience: must be at least 1; seed: is odd"
    assert back.values["words0"].sentence == "must be at least %(least)s"


def test_a_text_of_which_nothing_is_known_is_itself():
    assert Words.of("100 %(sure)") == "100 %(sure)"
    assert Words.of(None) == ""


def test_no_number_goes_into_json_that_is_none():
    said = _("the loss is %(loss)s", loss=float("nan"))
    assert json.dumps(said.parts(), allow_nan=False)
    assert said == "the loss is nan"


def test_no_exception_is_kept_alive_by_what_was_said_of_it():
    said = listed({"spec.json": _("can't be read: %(error)s", error=ValueError("a comma"))})
    assert said == "spec.json: can't be read: a comma"
    assert type(said.values["words0"].values["error"]) is str
