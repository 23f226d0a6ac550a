// Asks the browser for a passkey. Without a script, or in an old browser, these forms stay hidden.
(() => {
  const canAsk = window.PublicKeyCredential && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  if (!canAsk) return;

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options.publicKey;
  }

  async function credentialOf(form) {
    const options = await optionsOf(form);
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  async function ask(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const problem = form.querySelector("[role=alert]");
    problem.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify((await credentialOf(form)).toJSON());
      form.submit();
    } catch {
      problem.hidden = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", ask);
  }
})();
