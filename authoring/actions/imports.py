"""Files that come in: upload, check before anything is written, then write the good rows.

A large file is read by the light worker, a small one at once (authoring.import_work).
"""

from functools import partial
from pathlib import PurePath

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from authoring.announce import announce_now
from authoring.errors import Conflict, Invalid, NothingToDo, TooLarge, Unavailable
from authoring.formats import FORMATS
from authoring.import_work import work
from authoring.models import Import, Project, Task, User
from authoring.permissions import require
from authoring.states import IMPORT, ImportState, after

AT_ONCE = 1 << 20
"""Bytes up to which a file is worked on while the request waits."""


def upload(
    *,
    project: Project,
    task: Task,
    file: File,
    by: User,
    filename: str = "",
    format: str = "",
    language: str = "",
    submit: bool = True,
) -> Import:
    """Keep a file and check it: at once when it is small, else by the light worker.

    `format` is a key of FORMATS or empty to find out; `language` is for rows that name none, empty
    guesses; `submit` sends complete pairs straight to review. Raises TooLarge, Invalid, Unavailable.
    """
    require(by, "import", project)
    _refuse(project, task, file, format)
    dataset_import = Import(
        project=project,
        task=task,
        created_by=by,
        filename=PurePath(filename or file.name or "upload").name[-255:],
        format=format,
        language=language.strip().lower()[:10],
        submit=submit,
    )
    try:
        dataset_import.file.save("rows", file, save=False)
    except OSError as error:
        raise Unavailable(
            _("The file could not be kept: %(why)s.") % {"why": error.strerror},
            _("Make room on the studio's disk, then upload it again."),
        ) from error
    dataset_import.save()
    return _start(dataset_import)


def check(*, dataset_import: Import, by: User) -> Import:
    """Read the file again and report, as after the task's labels or the file's format changed."""
    require(by, "import", dataset_import.project)
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=dataset_import.pk)
        after(IMPORT, "check", locked.state)
        locked.state, locked.asked_at = ImportState.UPLOADED, timezone.now()
        locked.save(update_fields=["state", "asked_at"])
    return _start(locked)


def commit(*, dataset_import: Import, by: User) -> Import:
    """Write the good rows as pairs of the uploader. Bad rows stay in the report.

    Raises NotAllowed unless the file is checked, NothingToDo when it has no good row.
    """
    require(by, "import", dataset_import.project)
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=dataset_import.pk)
        state = after(IMPORT, "commit", locked.state)
        if not locked.rows_good:
            raise NothingToDo(
                _("The file has no row that can be imported."),
                _("Correct the rows named in the report, then upload the file again."),
            )
        locked.state, locked.asked_at = state, timezone.now()
        locked.save(update_fields=["state", "asked_at"])
    return _start(locked)


def discard(*, dataset_import: Import, by: User) -> None:
    """Forget a file of which nothing was written."""
    require(by, "import", dataset_import.project)
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=dataset_import.pk)
        if locked.pairs.exists() or locked.state == ImportState.COMMITTING:
            raise Conflict(
                _("Pairs came from this file."), _("Delete those pairs instead; the file stays.")
            )
        if name := locked.file.name:
            transaction.on_commit(partial(locked.file.storage.delete, name), robust=True)
        locked.delete()


def _start(dataset_import: Import) -> Import:
    """Work at once on a small file; let the light worker have a large one."""
    if _is_small(dataset_import):
        work(dataset_import=dataset_import)
        dataset_import.refresh_from_db()
    else:
        announce = partial(announce_now, "authoring.tasks.work_on_import", dataset_import.pk)
        transaction.on_commit(announce, robust=True)
    return dataset_import


def _is_small(dataset_import: Import) -> bool:
    """Whether a request can wait for it; what was compressed is taken for ten times its size."""
    zipped = dataset_import.filename.lower().endswith(".gz")
    try:
        return dataset_import.file.size * (10 if zipped else 1) <= AT_ONCE
    except (FileNotFoundError, ValueError):
        return True  # the file is gone, which `work` reports


def _refuse(project: Project, task: Task, file: File, format: str) -> None:
    if task.project_id != project.pk:
        raise Invalid(
            _("This task is of another project."), fields={"task": [_("Choose another.")]}
        )
    if format and format not in FORMATS:
        raise Invalid(
            _("There is no record format “%(format)s”.") % {"format": format},
            fields={"format": [_("Choose one of %(known)s.") % {"known": ", ".join(FORMATS)}]},
        )
    if file.size > settings.UPLOAD_LIMIT:
        raise TooLarge(
            _("The file has %(size).0f MB; at most %(limit).0f MB can be uploaded.")
            % {"size": file.size / 2**20, "limit": settings.UPLOAD_LIMIT / 2**20},
            _("Compress it with gzip, or split it into several files."),
            fields={"file": [_("This file is too large.")]},
        )
