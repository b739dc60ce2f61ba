"""People come in by single-use links, sign in with an e-mail address, and are deactivated, never deleted.

A link's token is returned once and kept nowhere; `address(token)` is what to copy or send. It is
sent by e-mail as well where EMAIL_HOST is set. A new password makes every other link into the account
worthless: whoever chooses one may do so because a link went astray.
"""

import zoneinfo
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from authoring import mail
from authoring.errors import Conflict, Invalid
from authoring.models import AccessLink, Membership, Project, Purpose, ReviewClaim, User
from authoring.permissions import Role, require

PROFILE = ("name", "language", "time_zone", "theme")


def create_owner(*, email: str, name: str = "") -> User:
    """The studio's first owner, who has no password until a sign-in link is used."""
    return User.objects.create_superuser(_email(email), name=name)


def sign_in_link(*, user: User, by: User) -> str:
    """Token of a link that signs `user` in once. Only the studio's owner may make one."""
    return _link(Purpose.SIGN_IN, user=user, by=by)


def password_link(*, user: User, by: User) -> str:
    """Token of a link with which `user` chooses a new password. Only the studio's owner may make one."""
    return _link(Purpose.PASSWORD, user=user, by=by)


def request_password(*, email: str) -> None:
    """Somebody on the sign-in page lost their password: mail a link where that can be done.

    Says nothing about whether the address is known, and shows the link to nobody.
    """
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is not None and mail.configured():
        with transaction.atomic():
            _link_row, token = AccessLink.issue(Purpose.PASSWORD, email=user.email, user=user)
            mail.send_link_on_commit(Purpose.PASSWORD, email=user.email, token=token)


def link_may_come() -> str:
    """What is answered to `request_password`, whoever asks."""
    return _("If there is an account with this address, a link is on its way to it.")


def invite(*, project: Project, email: str, role: str, by: User) -> str:
    """Token of a link that makes whoever has this address a member of the project.

    Raises Invalid for a bad address or role, Conflict when they are a member already.
    """
    require(by, "manage", project)
    email = _email(email)
    if role not in Role.values:
        raise Invalid(_("There is no such role."), fields={"role": [_("Choose one of the roles.")]})
    if project.memberships.filter(user__email=email).exists():
        raise Conflict(
            _("%(email)s is a member already.") % {"email": email},
            _("Change their role under Members."),
        )
    with transaction.atomic():
        _link_row, token = AccessLink.issue(
            Purpose.INVITATION, email=email, project=project, role=role, created_by=by
        )
        mail.send_link_on_commit(Purpose.INVITATION, email=email, token=token)
    return token


def withdraw_invitation(*, link: AccessLink, by: User) -> None:
    """Make an unused invitation worthless."""
    if link.project is None:
        raise Invalid(_("This link is no invitation."))
    require(by, "manage", link.project)
    link.use()


def redeem(
    *, token: str, name: str = "", password: str = "", signed_in: User | None = None
) -> User:
    """Use a link: once, whoever is first. Returns the person whom it lets in.

    A password is needed for an invitation that makes a new account and for a lost password, and may
    be chosen with a sign-in link. An invitation to an address that has an account must be used by that
    person, signed in: whoever wrote the invitation saw the link too.
    """
    link = AccessLink.find(token)
    if link is None:
        raise _worthless()
    with transaction.atomic():
        if not link.use():
            raise _worthless()
        if link.purpose == Purpose.INVITATION:
            return _join(link, name=name, password=password, signed_in=signed_in)
        return _let_in(link, name=name, password=password)


def change_profile(*, by: User, **changes: str) -> User:
    """Change one's own name, language, time zone or theme."""
    unknown = changes.keys() - set(PROFILE)
    if unknown:
        raise Invalid(_("There is no such setting: %(names)s.") % {"names": ", ".join(unknown)})
    if changes.get("time_zone") and changes["time_zone"] not in zoneinfo.available_timezones():
        raise Invalid(
            _("There is no such time zone."),
            fields={"time_zone": [_("Use a name such as Europe/Berlin or Asia/Shanghai.")]},
        )
    if changes.get("language") and changes["language"] not in dict(settings.LANGUAGES):
        raise Invalid(
            _("The studio does not speak this language."),
            fields={"language": [", ".join(dict(settings.LANGUAGES))]},
        )
    for field, value in changes.items():
        setattr(by, field, value)
    others = {field.name for field in User._meta.fields} - changes.keys()
    by.clean_fields(exclude=others)
    by.save(update_fields=list(changes))
    return by


def change_password(*, old: str, new: str, by: User) -> User:
    """Change one's own password; the old one is asked for, where there is one."""
    if by.has_usable_password() and not by.check_password(old):
        raise Invalid(
            _("The old password is wrong."), fields={"old": [_("This is not your password.")]}
        )
    _set_password(by, new)
    return by


@transaction.atomic
def deactivate(*, user: User, by: User) -> None:
    """Lock a person out at once, tokens and sessions included, and whoever they invited and who has not
    come yet: it may be themselves. What they wrote stays theirs."""
    _require_studio_owner(by)
    if user == by:
        raise Conflict(
            _("You can't deactivate yourself."), _("Ask another owner of the studio to do it.")
        )
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    ReviewClaim.objects.filter(user=user).delete()
    links = AccessLink.objects.filter(used_at=None)
    links.filter(Q(user=user) | Q(created_by=user, purpose=Purpose.INVITATION)).delete()


def reactivate(*, user: User, by: User) -> None:
    _require_studio_owner(by)
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True


def _link(purpose: str, *, user: User, by: User) -> str:
    _require_studio_owner(by)
    if not user.is_active:
        raise Conflict(_("%(user)s is deactivated.") % {"user": user}, _("Reactivate them first."))
    with transaction.atomic():
        _link_row, token = AccessLink.issue(purpose, email=user.email, user=user, created_by=by)
        mail.send_link_on_commit(purpose, email=user.email, token=token)
    return token


def _join(link: AccessLink, *, name: str, password: str, signed_in: User | None) -> User:
    user = User.objects.filter(email=link.email).first()
    if user is None:
        user = User(email=link.email, name=name.strip()[:150], let_in_by=link.created_by)
        _set_password(user, password)
    elif user != signed_in:
        raise Conflict(
            _("%(email)s has an account here already.") % {"email": link.email},
            _("Sign in with it, then open this link again."),
        )
    Membership.objects.get_or_create(project=link.project, user=user, defaults={"role": link.role})
    return user


def _let_in(link: AccessLink, *, name: str, password: str) -> User:
    user = link.user
    if user is None or not user.is_active:
        raise _worthless()
    if name.strip():
        user.name = name.strip()[:150]
        user.save(update_fields=["name"])
    if password or link.purpose == Purpose.PASSWORD:
        _set_password(user, password)
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            _("This password can't be used."), fields={"password": error.messages}
        ) from error
    user.set_password(password)
    with transaction.atomic():
        user.save()
        AccessLink.objects.filter(user=user, used_at=None).delete()


def _email(raw: Any) -> str:
    email = str(raw).strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(_("This is no e-mail address."), fields={"email": error.messages}) from error
    return email


def _require_studio_owner(user: User) -> None:
    if not (user.is_active and user.is_superuser):
        raise PermissionDenied(_("Only the studio's owner may do this."))


def _worthless() -> Conflict:
    return Conflict(
        _("This link was used already, is too old, or was never made."),
        _("Ask whoever sent it for a new one."),
    )
