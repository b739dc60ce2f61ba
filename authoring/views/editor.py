"""The editor: a new pair, or a new revision of one. Works without JavaScript; autosave.py adds to it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from authoring.actions import drafts, pairs
from authoring.actions.pairs import Written
from authoring.errors import Conflict
from authoring.forms.pair import PairForm, initial_for, initial_like, initial_of
from authoring.models import Pair, Project, Review, Revision, Task
from authoring.permissions import allowed
from authoring.revision_diff import text_of
from authoring.views.access import in_project
from authoring.views.editor_parts import hints_for
from authoring.views.refusals import page, refusals

REVIEWS_SHOWN = 3


@require_http_methods(["GET", "POST"])
@in_project("write")
def pair_new(request: HttpRequest, project: Project) -> HttpResponse:
    task = _task_for_new(request, project)
    if task is None:
        context = {"project": project, "manages": allowed(request.user, "manage", project)}
        return render(request, "authoring/no_task.html", context)
    if request.method == "GET":
        language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"
        like = _like(request, project)
        initial = initial_like(like, task) if like else initial_for(task, language)
        initial["draft"] = uuid.uuid4().hex
        form = PairForm(initial=initial, project=project)
        return _editor(request, project, task, form, question=like)
    form = PairForm(_with_more_turns(request), project=project)
    if form.is_valid() and not _only_turns_changed(request):
        with refusals(request, form):
            written = drafts.begin(
                task=form.cleaned_data["task"],
                content=form.content,
                key=form.cleaned_data["draft"],
                written_for=form.cleaned_data["written_for"],
                by=request.user,
            )
            return _saved(request, project, written, form)
    return _editor(request, project, task, form, question=form.cleaned_data.get("written_for"))


@require_http_methods(["GET", "POST"])
@in_project("write")
def pair_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    pair = get_object_or_404(Pair.objects.with_head().in_project(project), pk=pk)
    if request.method == "GET":
        form = PairForm(initial=initial_of(pair.head, pair.task), project=project)
        return _editor(request, project, pair.task, form, pair=pair)
    form = PairForm(_with_more_turns(request), project=project)
    mine = None
    if form.is_valid() and not _only_turns_changed(request):
        with refusals(request, form):
            written = pairs.write(
                pair=pair,
                task=form.cleaned_data["task"],
                content=form.content,
                parent=form.cleaned_data["revision"],
                by=request.user,
            )
            if not written.conflict:
                return _saved(request, project, written, form)
            mine = written.revision
            form.data["revision"] = written.pair.head.number
            request.refusal = conflict(written)
        pair = Pair.objects.with_head().get(pk=pair.pk)
    return _editor(request, project, pair.task, form, pair=pair, mine=mine)


def conflict(written: Written) -> Conflict:
    """Two people wrote at once: said by the page and by the autosave."""
    return Conflict(
        _("%(person)s saved revision %(number)s while you were writing.")
        % {"person": written.pair.head.author, "number": written.pair.head.number},
        _("Both texts are kept. Save again to put yours on top of theirs."),
    )


def _saved(
    request: HttpRequest, project: Project, written: Written, form: PairForm
) -> HttpResponse:
    """Where a save leads: back to the text, to the next pair, or to the queue."""
    pair, number = written.pair, written.revision.number
    if request.POST.get("deed") != "submit":
        messages.success(request, _("Saved as revision %(number)s.") % {"number": number})
        return redirect("pair_edit", slug=project.slug, pk=pair.pk)
    with refusals(request, form):
        pairs.submit(pair=pair, by=request.user)
        messages.success(request, _("Pair %(pair)s awaits review.") % {"pair": pair})
        if request.POST.get("then") == "pair":
            return redirect("pair", slug=project.slug, pk=pair.pk)
        return redirect(_next_to_write(pair))
    form.data["revision"] = number
    return _editor(request, project, pair.task, form, pair=pair, saved=True)


def _next_to_write(pair: Pair) -> str:
    """The next of its task; beside the same question, where this one was written for one."""
    address = f"{reverse('pair_new', args=[pair.project.slug])}?task={pair.task.slug}"
    return f"{address}&like={pair.written_for_id}" if pair.written_for_id else address


def _editor(
    request: HttpRequest, project: Project, task: Task, form: PairForm, **more: object
) -> HttpResponse:
    pair, mine = more.get("pair"), more.get("mine")
    question = pair.written_for if pair else more.get("question")
    context = {
        "project": project,
        "task": task,
        "form": form,
        "pair": pair,
        "tasks": project.tasks.all(),
        "reviews": _reviews(request, pair),
        "question": question,
        "unsaved": form.is_bound and not (mine or more.get("saved")),
        "beside": Pair.objects.written_for(question.pair).count() if question else 0,
        "hints": hints_for(task, form, pair),
        "theirs": text_of(pair.head) if mine else "",
        "mine": text_of(mine) if mine else "",
        "tags_in_use": Pair.objects.in_project(project).tags_in_use(),
    }
    return page(request, "authoring/editor.html", context)


def _reviews(request: HttpRequest, pair: Pair | None) -> list[Review]:
    """What was said last, beside the text that it is about."""
    if pair is None:
        return []
    said = Review.objects.visible_to(request.user).filter(revision__pair=pair)
    return list(said[:REVIEWS_SHOWN])


def _task_for_new(request: HttpRequest, project: Project) -> Task | None:
    """The task asked for; else the one this person wrote in last; else the project's first."""
    asked = request.GET.get("task")
    if asked:
        return get_object_or_404(project.tasks, slug=asked)
    last = Pair.objects.in_project(project).filter(author=request.user).order_by("-id").first()
    return last.task if last else project.tasks.first()


def _like(request: HttpRequest, project: Project) -> Revision | None:
    """The revision that a model answered wrongly, where the editor was opened from its answer."""
    asked = request.GET.get("like", "")
    if not asked.isdecimal():
        return None
    found = Revision.objects.select_related("pair")
    return get_object_or_404(found, pk=asked, pair__project=project)


def _with_more_turns(request: HttpRequest):
    """The form's data, with a turn added or taken away when such a button was pressed."""
    data = request.POST.copy()
    turns = data.getlist("turn")
    if data.get("deed") == "add_turn":
        turns = [*turns, "", ""]
    elif data.get("deed") == "remove_turn" and len(turns) > 2:
        turns = turns[:-2]
    data.setlist("turn", turns)
    return data


def _only_turns_changed(request: HttpRequest) -> bool:
    return request.POST.get("deed") in {"add_turn", "remove_turn"}
