from django.utils.translation import gettext_lazy as _

LOG = "log:cursitor"
"""The log's own key, for entries about the log itself."""

EVENTS = {
    "audit.log.verified": _("read the whole log: it verifies"),
    "audit.log.did_not_verify": _("read the whole log: it does not verify"),
    "audit.log.exported": _("exported the whole log"),
}
