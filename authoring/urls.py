"""Pages of authoring. A project page takes `slug`, an object's page `pk` too."""

from django.urls import include, path

from authoring.views import (
    autosave,
    editor,
    editor_parts,
    imports,
    links,
    members,
    pair,
    pairs,
    pairs_bulk,
    people,
    profile,
    project_tasks,
    projects,
    review,
    sign_in,
    snapshot,
    snapshots,
    tokens,
)

person = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/lost-password/", sign_in.lost_password, name="lost_password"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("link/<str:token>/", links.link, name="link"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password, name="profile_password"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/link/", people.person_link, name="person_link"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
]

settings = [
    path("settings/", projects.project_settings, name="project_settings"),
    path("settings/delete/", projects.project_delete, name="project_delete"),
    path("settings/restore/", projects.project_restore, name="project_restore"),
    path("settings/tasks/new/", project_tasks.task_new, name="task_new"),
    path("settings/tasks/<int:pk>/", project_tasks.task_edit, name="task_edit"),
    path("settings/tasks/<int:pk>/remove/", project_tasks.task_remove, name="task_remove"),
    path("members/", members.members, name="members"),
    path("members/<int:pk>/role/", members.member_role, name="member_role"),
    path("members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path(
        "members/invitations/<int:pk>/withdraw/",
        members.invitation_withdraw,
        name="invitation_withdraw",
    ),
]

writing = [
    path("write/", editor.pair_new, name="pair_new"),
    path("write/autosave/", autosave.autosave_new, name="autosave_new"),
    path("write/coach/", editor_parts.coach, name="coach"),
    path("write/guide/", editor_parts.guide, name="guide"),
    path("write/of-kind/", editor_parts.of_kind, name="pair_of_kind"),
    path("write/preview/", editor_parts.preview, name="pair_preview"),
    path("pairs/", pairs.pairs, name="pairs"),
    path("pairs/bulk/", pairs_bulk.pairs_bulk, name="pairs_bulk"),
    path("pairs/undo/", pairs_bulk.pairs_undo, name="pairs_undo"),
    path("pairs/<int:pk>/", pair.pair, name="pair"),
    path("pairs/<int:pk>/edit/", editor.pair_edit, name="pair_edit"),
    path("pairs/<int:pk>/autosave/", autosave.autosave, name="autosave"),
    path("pairs/<int:pk>/submit/", pair.pair_submit, name="pair_submit"),
    path("pairs/<int:pk>/withdraw/", pair.pair_withdraw, name="pair_withdraw"),
    path("pairs/<int:pk>/delete/", pair.pair_delete, name="pair_delete"),
    path("pairs/<int:pk>/restore/", pair.pair_restore, name="pair_restore"),
]

reviewing = [
    path("review/", review.review, name="review"),
    path("review/last/", review.review_last, name="review_last"),
]

importing = [
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/commit/", imports.import_commit, name="import_commit"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:pk>/approve/", imports.import_approve, name="import_approve"),
]

freezing = [
    path("snapshots/", snapshots.snapshots, name="snapshots"),
    path("snapshots/new/", snapshots.snapshot_new, name="snapshot_new"),
    path("snapshots/<int:pk>/", snapshot.snapshot, name="snapshot"),
    path("snapshots/<int:pk>/leaks/", snapshot.snapshot_drop_leaks, name="snapshot_drop_leaks"),
    path("snapshots/<int:pk>/export/", snapshot.snapshot_export, name="snapshot_export"),
]

urlpatterns = [
    *person,
    path("projects/new/", projects.project_new, name="project_new"),
    path("p/<slug:slug>/", include([*settings, *writing, *reviewing, *importing, *freezing])),
]
