"""An export's files as one answer, to the page and to REST alike."""

from django.http import Http404, StreamingHttpResponse

from training.models import Export
from training.states import JobState
from training.tar import size_of_tar, tar_of


def download(export: Export) -> StreamingHttpResponse:
    """One tar. The path is of its id, the name of our own words. Raises Http404 until it is made."""
    if export.state != JobState.FINISHED or not export.folder.is_dir():
        raise Http404
    answer = StreamingHttpResponse(tar_of(export.folder), content_type="application/x-tar")
    answer["Content-Length"] = str(size_of_tar(export.folder))
    answer["Content-Disposition"] = f'attachment; filename="{export.filename}"'
    return answer
