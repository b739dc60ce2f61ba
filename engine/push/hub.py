"""A model hub: one commit in one repository, by `huggingface_hub`; large files by Git LFS.

A file that the hub has already is not sent again, so a push that broke off goes on with the file at
which it broke. The commit comes last: until then nobody sees anything of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, get_session

from engine.errors import CredentialsRefused, EngineError, PushError, TargetRefused, Unreachable
from engine.push.parcel import SUMS
from engine.push.push import Landed, Parcel
from engine.push.watch import Asked, Watch, Watched
from engine.words import _

TOKEN = "HUB_TOKEN"  # noqa: S105 (the variable's name)
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


def push(parcel: Parcel, watch: Watch) -> Landed:
    """Make the repository unless it is there, send what it lacks, commit."""
    token = os.environ.get(TOKEN, "")
    if not token:
        raise CredentialsRefused(
            _("the light worker has no %(variable)s", variable=TOKEN),
            _(
                "Set %(variable)s to a token that may write to the hub, restart the worker, then "
                "try again.",
                variable=TOKEN,
            ),
        )
    api = HfApi(endpoint=parcel.settings.endpoint, token=token, library_name="instructstudio")
    try:
        return _push(api, parcel, watch)
    except Exception as error:
        raise _told(error, parcel) from None


def _push(api: HfApi, parcel: Parcel, watch: Watch) -> Landed:
    name, public = parcel.settings.name, parcel.settings.public
    api.create_repo(name, private=not public, exist_ok=True)
    is_open = not api.repo_info(name).private  # one that was there stays what it was
    if is_open and not public:
        raise TargetRefused(
            _("%(name)s is open to everybody, and this push was to be private", name=name),
            _("Make the repository private, name another, or push for everybody to see."),
        )
    with ExitStack() as opened:
        adds = []
        for item in parcel.items:
            file = opened.enter_context(Watched(item, watch))
            adds.append(CommitOperationAdd(path_in_repo=item.name, path_or_fileobj=file))
            file.watched = True
        for add in adds:
            api.preupload_lfs_files(name, [add], free_memory=False)
            watch.arrived(add.path_in_repo)
        mine = {one.name for one in parcel.items}
        gone = [CommitOperationDelete(one) for one in _earlier(api, name) if one not in mine]
        watch.look()  # the last moment at which nobody sees anything of it
        made = api.create_commit(name, [*adds, *gone], commit_message=parcel.title)
    return Landed(f"{api.endpoint}/{name}", made.oid or "", is_open)


def _earlier(api: HfApi, name: str) -> Iterator[str]:
    """Files that an earlier push of ours left there and that are there still: with others' they
    would be read as one model."""
    answer = get_session().get(
        f"{api.endpoint}/{name}/resolve/main/{SUMS}",
        headers=build_hf_headers(token=api.token),
        follow_redirects=True,
    )
    if answer.status_code == 404:
        return
    answer.raise_for_status()  # not knowing, both would lie there
    there = set(api.list_repo_files(name))
    for line in answer.text.splitlines():
        file = line.partition("  ")[2]
        if file in there:
            yield file


def _told(error: BaseException, parcel: Parcel) -> BaseException:
    """What went wrong, in words without addresses that carry a signature."""
    name = parcel.settings.name
    host = urlsplit(parcel.settings.endpoint).netloc
    for one in _causes(error):
        if isinstance(one, EngineError | Asked):
            return one
        if isinstance(one, HfHubHTTPError | httpx2.HTTPStatusError):
            said = (getattr(one, "server_message", "") or "").strip()[:300]
            return _refused(one.response.status_code, host, name, said)
        if isinstance(one, httpx2.TransportError):
            return Unreachable(
                _("%(host)s can't be reached (%(error)s)", host=host, error=type(one).__name__),
                _("Check HUB_ENDPOINT and the light worker's network, then try again."),
            )
    return PushError(
        _("the push to %(name)s broke off (%(error)s)", name=name, error=type(error).__name__),
        _("Try again: what has arrived is not sent twice. If it happens again, report it."),
    )


def _refused(status: int, host: str, name: str, said: str) -> EngineError:
    why = f" ({status}{': ' + said if said else ''})"
    if status == 401:
        return CredentialsRefused(
            _("%(host)s does not know the token%(why)s", host=host, why=why),
            _(
                "Set %(variable)s to one that is valid and may write, restart the light worker, "
                "then try again.",
                variable=TOKEN,
            ),
        )
    if status == 403:
        return CredentialsRefused(
            _(
                "the token may not write to %(name)s on %(host)s%(why)s",
                name=name,
                host=host,
                why=why,
            ),
            _(
                "Give the token's owner the right to write there, or name a repository of their "
                "own."
            ),
        )
    if status in BUSY:
        return Unreachable(
            _("%(host)s is too busy%(why)s", host=host, why=why), _("Try again later.")
        )
    if status == 404:
        return TargetRefused(
            _(
                "there is no %(name)s on %(host)s, and none can be made%(why)s",
                name=name,
                host=host,
                why=why,
            ),
            _("Look at the name before the slash: it must be a person or an organisation there."),
        )
    return TargetRefused(
        _("%(host)s refuses %(name)s%(why)s", host=host, name=name, why=why),
        _("Do what it says, or name another name."),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
