"""What people asked of a job, over REST."""

from rest_framework import serializers

from training.models import JobDeed


class DeedSerializer(serializers.ModelSerializer):
    by = serializers.CharField(read_only=True)

    class Meta:
        model = JobDeed
        fields = ["deed", "by", "at"]
