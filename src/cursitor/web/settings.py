"""Settings of the installation. Every CURSITOR_* name is described in docs/operating/settings.md."""

import os
import secrets
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _


def _secret(name: str) -> str:
    """Return the secret from the environment, or from a file of ours that only the owner may read."""
    if given := os.environ.get(f"CURSITOR_{name.upper()}"):
        return given
    path = DATA / f"{name}.hex"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


DATA = Path(os.environ.get("CURSITOR_DATA", "var")).resolve()
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)

CURSITOR_DATA = DATA
CURSITOR_MASTER_KEY = _secret("master_key")
CURSITOR_SIGNING_KEY = _secret("signing_key")
CURSITOR_URL = os.environ.get("CURSITOR_URL", "http://127.0.0.1:8000")
CURSITOR_LINES = ("cursitor.lines.review.line.LINE", "cursitor.lines.entry.line.LINE")
CURSITOR_COLLECT_ROOTS = [Path(p) for p in os.environ.get("CURSITOR_COLLECT_ROOTS", "").split(":") if p]

SECRET_KEY = _secret("secret_key")
DEBUG = os.environ.get("CURSITOR_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CURSITOR_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [CURSITOR_URL]

INSTALLED_APPS = [
    "cursitor.web",  # first, so that its templates stand before those of allauth
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "cursitor.plumbing.outbox",
    "cursitor.plumbing.series",
    "cursitor.plumbing.vault",
    "cursitor.spine.audit",
    "cursitor.spine.people",
    "cursitor.spine.engagements",
    "cursitor.spine.files",
    "cursitor.spine.safeguards",
    "cursitor.spine.work",
    "cursitor.spine.quality",
    "cursitor.spine.ledger",
    "cursitor.spine.insight",
    "cursitor.lines.review",
    "cursitor.lines.entry",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cursitor.web.middleware.sessions_seen",
    "cursitor.web.middleware.content_security_policy",
    "cursitor.web.middleware.signed_in_by_default",
    "cursitor.web.middleware.refusals",
]

ROOT_URLCONF = "cursitor.web.urls"
WSGI_APPLICATION = "cursitor.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "cursitor.web.templatetags.parts"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cursitor.web.frame.frame",
            ],
        },
    }
]

_SQLITE = f"sqlite:///{DATA / 'cursitor.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(os.environ.get("CURSITOR_DATABASE_URL") or _SQLITE, conn_max_age=60)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "vault": {
        "BACKEND": os.environ.get("CURSITOR_VAULT_BACKEND", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": {"location": str(DATA / "vault")}
        if "CURSITOR_VAULT_BACKEND" not in os.environ
        else {"bucket_name": os.environ.get("CURSITOR_VAULT_BUCKET", "")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cursitor.spine.people.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "cursitor.spine.people.sign_in.display"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Cursitor"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or CURSITOR_URL.startswith("http://")
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CURSITOR_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
if SESSION_COOKIE_SECURE:
    # TLS ends at a proxy before us: scheme and client address are what it says they are.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("CURSITOR_PROXIES", "1"))
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if not os.environ.get("CURSITOR_MAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA / "mail"
EMAIL_HOST = os.environ.get("CURSITOR_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("CURSITOR_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("CURSITOR_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CURSITOR_MAIL_PASSWORD", "")
EMAIL_USE_TLS = bool(EMAIL_HOST)
DEFAULT_FROM_EMAIL = os.environ.get("CURSITOR_MAIL_FROM", "cursitor@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016", "security.W021"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"cursitor": {"level": "INFO"}},
}
