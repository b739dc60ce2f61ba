"""Projects and who is in them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from authoring.errors import Conflict, Invalid
from authoring.models import Membership, Project, ReviewClaim, User
from authoring.permissions import Role, require
from authoring.seen import Seen, changed

CHANGEABLE = ("name", "description", "guidelines", "approvals_required", "independent_reviews")


@transaction.atomic
def create(*, name: str, by: User, **fields: Any) -> Project:
    """A new project, owned by whoever makes it. `fields`: those of CHANGEABLE but the name."""
    if not by.is_active:
        raise PermissionDenied(_("This account is deactivated."))
    project = Project(name=name.strip(), slug=_free_slug(name), created_by=by)
    _assign(project, fields)
    project.save()
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    return project


@transaction.atomic
def change(*, project: Project, by: User, seen: Seen | None = None, **changes: Any) -> Project:
    """Change what CHANGEABLE names; nothing else is written. The address stays.

    `seen` are the prints of what a whole form showed (authoring.seen): then only what its sender changed is
    written. Raises Conflict where somebody else changed the same meanwhile.
    """
    require(by, "manage", project)
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if seen is not None:
        changes = changed(changes, now=shown(locked), seen=seen)
    _assign(locked, changes)
    locked.save(update_fields=list(changes))
    return locked


def shown(project: Project) -> dict[str, Any]:
    """What the settings' form shows of a project."""
    return {name: getattr(project, name) for name in CHANGEABLE}


@transaction.atomic
def set_role(*, project: Project, user: User, role: str, by: User) -> Membership:
    """Give a person a role: make them a member, or change what they are. The last owner stays one."""
    require(by, "manage", project)
    if role not in Role.values:
        raise Invalid(_("There is no such role."), fields={"role": [_("Choose one of the roles.")]})
    if role != Role.OWNER:
        _keep_an_owner(project, without=user)
    membership, _created = Membership.objects.update_or_create(
        project=project, user=user, defaults={"role": role}
    )
    return membership


@transaction.atomic
def remove_member(*, project: Project, user: User, by: User) -> None:
    """Take a person out of the project; what they wrote stays. Anybody may leave by themselves."""
    if user != by:
        require(by, "manage", project)
    _keep_an_owner(project, without=user)
    project.memberships.filter(user=user).delete()
    ReviewClaim.objects.filter(user=user, pair__project=project).delete()


def delete(*, project: Project, by: User) -> None:
    """Hide the project from everybody. `restore` brings all of it back: what is at work in it saves and
    leaves its worker (docs/adr/0036), and goes on then."""
    require(by, "manage", project)
    project.deleted_at = timezone.now()
    project.save(update_fields=["deleted_at"])


def restore(*, project: Project, by: User) -> None:
    require(by, "manage", project)
    project.deleted_at = None
    project.save(update_fields=["deleted_at"])


def _assign(project: Project, fields: dict[str, Any]) -> None:
    unknown = fields.keys() - set(CHANGEABLE)
    if unknown:
        raise Invalid(_("A project has no field %(names)s.") % {"names": ", ".join(unknown)})
    for field, value in fields.items():
        setattr(project, field, value)
    project.full_clean(exclude=["deleted_at"])


def _free_slug(name: str) -> str:
    """An address nobody has yet: from the name, or `project` where the name has no Latin letters."""
    base = slugify(name)[:50] or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (
        base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2)
    )
    return next(slug for slug in candidates if slug not in taken)


def _keep_an_owner(project: Project, *, without: User) -> None:
    """Raise Conflict when nobody but this person owns the project. Locks the owners' rows."""
    owners = project.memberships.filter(role=Role.OWNER, user__is_active=True)
    others = [one.user_id for one in owners.select_for_update() if one.user_id != without.pk]
    is_owner = project.memberships.filter(user=without, role=Role.OWNER).exists()
    if is_owner and not others:
        raise Conflict(
            _("A project needs an owner, and there is no other."),
            _("Make another member an owner first."),
        )
