"""Judging: one pair at a time, never one's own; the last ten verdicts may still be changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from authoring.actions import review_queue, reviews
from authoring.forms.review import ReviewForm, initial_of
from authoring.models import Pair, Project, Review, Revision
from authoring.revision_diff import changes
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import page, refusals


@require_http_methods(["GET", "POST"])
@in_project("review")
def review(request: HttpRequest, project: Project) -> HttpResponse:
    """`?after=17` goes on behind pair 17 (skip); `?pair=17` looks at that one, to judge it or again."""
    if request.method == "POST":
        return _judged(request, project)
    pair = _chosen(request, project)
    if pair is None:
        return render(request, "authoring/review_done.html", _around(request, project))
    mine = pair.head.reviews.filter(reviewer=request.user).first()
    initial = (initial_of(mine) if mine else {}) | {"revision": pair.head_id}
    return _desk(request, project, pair, ReviewForm(initial=initial), mine)


@require_safe
@in_project("review")
def review_last(request: HttpRequest, project: Project) -> HttpResponse:
    """The last ten verdicts, a part of the page fetched by itself: the page may have been preloaded."""
    context = {"project": project, "last": Review.objects.editable_by(request.user, project)}
    return render(request, "authoring/_review_last.html", context)


def _judged(request: HttpRequest, project: Project) -> HttpResponse:
    form = ReviewForm(request.POST)
    revision = get_object_or_404(
        Revision.objects.select_related("pair__project"),
        pk=number(request.POST.get("revision")),
        pair__project=project,
    )
    if form.is_valid():
        with refusals(request, form):
            reviews.judge(
                revision=revision,
                verdict=form.cleaned_data["verdict"],
                ratings=form.ratings,
                comment=form.cleaned_data["comment"],
                by=request.user,
            )
            return redirect(_behind(project, revision.pair))
    pair = Pair.objects.with_head().get(pk=revision.pair_id)
    mine = pair.head.reviews.filter(reviewer=request.user).first()
    return _desk(request, project, pair, form, mine)


def _chosen(request: HttpRequest, project: Project) -> Pair | None:
    asked, after = number(request.GET.get("pair")), number(request.GET.get("after"))
    here = Pair.objects.with_head().in_project(project)
    if asked:
        pair = get_object_or_404(here, pk=asked)
        if pair.state == "submitted":
            with refusals(request):
                review_queue.claim(pair=pair, by=request.user)
        return pair
    behind = here.filter(pk=after).first() if after else None
    return review_queue.next_for(project=project, by=request.user, after=behind)


def _desk(
    request: HttpRequest, project: Project, pair: Pair, form: ReviewForm, mine: Review | None
) -> HttpResponse:
    head = pair.head
    before = _before(pair)
    context = _around(request, project) | {
        "pair": pair,
        "form": form,
        "mine": mine,
        "is_own": head.author_id == request.user.pk,
        "before": before,
        "changes": changes(before, head) if before else [],
        "earlier": Review.objects.visible_to(request.user)
        .filter(revision__pair=pair)
        .exclude(reviewer=request.user, revision=head),
        "next_url": _behind(project, pair),
    }
    return page(request, "authoring/review.html", context)


def _around(request: HttpRequest, project: Project) -> dict[str, object]:
    waiting = Pair.objects.in_project(project).for_review_by(request.user).count()
    return {
        "project": project,
        "waiting": waiting,
        "last": Review.objects.editable_by(request.user, project),
    }


def _before(pair: Pair) -> Revision | None:
    """What a reviewer saw last: the newest judged revision before the head, else the one before it."""
    earlier = pair.revisions.filter(number__lt=pair.head.number).order_by("-number")
    return earlier.filter(reviews__isnull=False).first() or earlier.first()


def _behind(project: Project, pair: Pair) -> str:
    return f"{reverse('review', kwargs={'slug': project.slug})}?after={pair.pk}"
