from django.urls import path

from cursitor.spine.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/export.<str:form>", views.export_people, name="export_people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/licences/new", views.add_licence, name="add_licence"),
    path("people/<int:pk>/skills/new", views.add_skill, name="add_skill"),
    path("people/licences/<int:pk>/check", views.check_licence, name="check_licence"),
    path("people/memberships/<int:pk>/end", views.end_membership, name="end_membership"),
    path("me/", views.account, name="account"),
    path("me/notices/", views.notices, name="notices"),
    path("me/notices/read", views.read_notices, name="read_notices"),
    path("me/notices/<int:pk>/open", views.open_notice, name="open_notice"),
    path("people/organisations/", views.organisations, name="organisations"),
    path("people/organisations/new", views.register_organisation, name="register_organisation"),
    path("people/organisations/<int:pk>/", views.organisation, name="organisation"),
    path("people/organisations/<int:pk>/sites/new", views.add_site, name="add_site"),
    path("people/organisations/<int:pk>/invite", views.invite, name="invite"),
    path("people/invitations/<int:pk>/withdraw", views.withdraw_invitation, name="withdraw_invitation"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("me/tokens/", views.tokens, name="tokens"),
    path("me/tokens/new", views.make_token, name="make_token"),
    path("me/tokens/<int:pk>/revoke", views.revoke_token, name="revoke_token"),
]
