/* Bind allauth's passkey script to the buttons of our pages. A button says what it does and where the answer goes:
   data-passkey="login|authenticate|add" data-credential="id of the hidden field" data-passwordless="id of the tick". */

const FORMS = { login: "loginForm", authenticate: "authenticateForm", add: "addForm" };

for (const button of document.querySelectorAll("[data-passkey]")) {
  const { passkey, credential, passwordless } = button.dataset;
  const ids = { [passkey]: button.id, credential, passwordless, data: "js_data" };
  window.allauth.webauthn.forms[FORMS[passkey]]({ ids });
}
