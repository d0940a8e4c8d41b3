from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "cursitor.spine.people"
    label = "people"

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as factors

        from cursitor.spine.people import sign_in

        # allauth has no adapter method for these; the receivers only write to the log.
        factors.authenticator_added.connect(sign_in.on_factor_added)
        factors.authenticator_removed.connect(sign_in.on_factor_removed)
        factors.authenticator_reset.connect(sign_in.on_factor_renewed)
        factors.authentication_failed.connect(sign_in.on_factor_refused)
        account.password_changed.connect(sign_in.on_password_changed)
        account.password_reset.connect(sign_in.on_password_changed)
        account.password_set.connect(sign_in.on_password_changed)
