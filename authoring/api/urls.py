"""REST of authoring, under /api/v1/."""

from django.urls import path

from authoring.api import (
    coach,
    exports,
    imports,
    pairs,
    people,
    projects,
    reviews,
    snapshots,
    tasks,
)

person = [
    path("me/", people.Me.as_view(), name="api_me"),
    path("me/password/", people.MyPassword.as_view(), name="api_my_password"),
    path("tokens/", people.Tokens.as_view(), name="api_tokens"),
    path("tokens/<int:pk>/", people.Token.as_view(), name="api_token"),
    path("redemptions/", people.Redemptions.as_view(), name="api_redemptions"),
    path("lost-passwords/", people.LostPasswords.as_view(), name="api_lost_passwords"),
    path("people/", people.People.as_view(), name="api_people"),
    path("people/<int:pk>/", people.Person.as_view(), name="api_person"),
    path("people/<int:pk>/links/", people.PersonLinks.as_view(), name="api_person_links"),
]

in_project = [
    ("", projects.ProjectDetail, "api_project"),
    ("restoration/", projects.Restoration, "api_project_restoration"),
    ("members/", projects.Members, "api_members"),
    ("members/<int:person>/", projects.Member, "api_member"),
    ("invitations/", projects.Invitations, "api_invitations"),
    ("invitations/<int:pk>/", projects.Invitation, "api_invitation"),
    ("tasks/", tasks.ProjectTasks, "api_tasks"),
    ("pairs/", pairs.ProjectPairs, "api_pairs"),
    ("pair-batches/", pairs.PairBatches, "api_pair_batches"),
    ("coach/", coach.Coach, "api_coach"),
    ("review-queue/", reviews.ReviewQueue, "api_review_queue"),
    ("last-reviews/", reviews.LastReviews, "api_last_reviews"),
    ("claims/", reviews.Claims, "api_claims"),
    ("imports/", imports.ProjectImports, "api_imports"),
    ("snapshots/", snapshots.ProjectSnapshots, "api_snapshots"),
    ("snapshot-plans/", snapshots.SnapshotPlans, "api_snapshot_plans"),
    ("export/", exports.ProjectExport, "api_project_export"),
]

one = [
    ("tasks/<int:pk>/", tasks.TaskDetail, "api_task"),
    ("pairs/<int:pk>/", pairs.PairDetail, "api_pair"),
    ("pairs/<int:pk>/restoration/", pairs.PairRestoration, "api_pair_restoration"),
    ("pairs/<int:pk>/submission/", pairs.Submission, "api_submission"),
    ("pairs/<int:pk>/revisions/", pairs.Revisions, "api_revisions"),
    ("pairs/<int:pk>/reviews/", reviews.PairReviews, "api_pair_reviews"),
    ("pairs/<int:pk>/claim/", reviews.Claim, "api_claim"),
    ("revisions/<int:pk>/reviews/", reviews.RevisionReviews, "api_revision_reviews"),
    ("imports/<int:pk>/", imports.ImportDetail, "api_import"),
    ("imports/<int:pk>/problems/", imports.Problems, "api_import_problems"),
    ("imports/<int:pk>/check/", imports.Check, "api_import_check"),
    ("imports/<int:pk>/commit/", imports.Commit, "api_import_commit"),
    ("imports/<int:pk>/approval/", imports.Approval, "api_import_approval"),
    ("snapshots/<int:pk>/", snapshots.SnapshotDetail, "api_snapshot"),
    ("snapshots/<int:pk>/items/", snapshots.Items, "api_snapshot_items"),
    ("snapshots/<int:pk>/successors/", snapshots.Successors, "api_successors"),
    ("snapshots/<int:pk>/export/", exports.SnapshotExport, "api_snapshot_export"),
]

urlpatterns = [
    *person,
    path("projects/", projects.Projects.as_view(), name="api_projects"),
    *(
        path(f"projects/<slug:slug>/{route}", view.as_view(), name=name)
        for route, view, name in in_project
    ),
    *(path(route, view.as_view(), name=name) for route, view, name in one),
]
