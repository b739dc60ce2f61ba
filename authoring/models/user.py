"""A person. Deactivated, never deleted: their authorship stays."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Signs in with an e-mail address. `is_superuser` is the studio's owner."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(
        _("theme"),
        max_length=10,
        default="system",
        choices=[("system", _("system")), ("light", _("light")), ("dark", _("dark"))],
    )
    let_in_by: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="+"
    )
    """Who made the invitation by which this account came to be: they saw its link, and may hold both."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    def __str__(self) -> str:
        return self.name or self.email

    def is_kin_of(self, other: "User") -> bool:
        """Whether one of the two let the other in, so that one person may hold both accounts."""
        return self.let_in_by_id == other.pk or other.let_in_by_id == self.pk
