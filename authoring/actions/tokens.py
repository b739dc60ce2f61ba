"""Bearer tokens for REST."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from authoring.errors import Invalid
from authoring.models import ApiToken, User


def issue(*, name: str, by: User) -> tuple[ApiToken, str]:
    """A new token of one's own and its plain text, which is shown once and kept nowhere."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise Invalid(
            _("A token needs a name."), fields={"name": [_("Between 1 and 100 characters.")]}
        )
    return ApiToken.issue(user=by, name=name)


def revoke(*, token: ApiToken, by: User) -> None:
    """Make a token worthless at once: one's own, or anybody's by the studio's owner."""
    if token.user != by and not by.is_superuser:
        raise PermissionDenied(_("This is somebody else's token."))
    token.revoke()
