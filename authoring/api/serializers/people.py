"""People, tokens and links."""

from rest_framework import serializers

from authoring.api.serializers.strict import Request
from authoring.models import ApiToken, Purpose, User


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "name", "email", "is_active"]


class MeSerializer(serializers.ModelSerializer):
    owns_studio = serializers.BooleanField(source="is_superuser")

    class Meta:
        model = User
        fields = ["id", "name", "email", "owns_studio", "language", "time_zone", "theme"]


class ProfileRequest(Request):
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    language = serializers.CharField(max_length=10, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    theme = serializers.CharField(max_length=10, required=False)


class PasswordRequest(Request):
    old = serializers.CharField(required=False, default="", trim_whitespace=False)
    new = serializers.CharField(trim_whitespace=False)


class PersonRequest(Request):
    is_active = serializers.BooleanField()


class LinkRequest(Request):
    purpose = serializers.ChoiceField(choices=[Purpose.SIGN_IN, Purpose.PASSWORD])


class LinkSerializer(serializers.Serializer):
    """Shown once; the studio keeps only a hash of the token."""

    token = serializers.CharField()
    address = serializers.URLField()


class RedemptionRequest(Request):
    """`token_name` asks for a bearer token of that name along with it."""

    token = serializers.CharField()
    name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    password = serializers.CharField(
        required=False, default="", allow_blank=True, trim_whitespace=False
    )
    token_name = serializers.CharField(max_length=100, required=False, default="")


class RedemptionSerializer(serializers.Serializer):
    person = PersonSerializer()
    bearer_token = serializers.CharField(help_text="Empty unless token_name was given.")


class LostPasswordRequest(Request):
    email = serializers.EmailField()


class LostPasswordSerializer(serializers.Serializer):
    detail = serializers.CharField()


class TokenSerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "created_at", "last_used_at"]


class TokenRequest(Request):
    name = serializers.CharField(max_length=100)


class NewTokenSerializer(TokenSerializer):
    """`plain` is shown this once."""

    plain = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "plain"]

    def get_plain(self, token: ApiToken) -> str:
        return self.context["plain"]
