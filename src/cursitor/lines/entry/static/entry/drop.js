/* Files and folders dropped on a form: they go into its file input, their folders beside it, so that the form is sent as any other. */

const MOST_FILES = 1000;

async function entriesOf(directory) {
  const reader = directory.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    found.push(...some);
  }
}

async function filesOf(entry, folder) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [{ file, path: folder + file.name }];
  }
  const below = (await entriesOf(entry)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = [];
  for (const each of below) found.push(...(await filesOf(each, `${folder}${entry.name}/`)));
  return found;
}

function prepare(form) {
  const input = form.querySelector("input[type=file]");
  const paths = form.querySelector("input[name=paths]");
  const zone = form.querySelector("[data-drop-zone]");
  const told = form.querySelector("[data-drop-told]");
  const chooser = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });

  function take(found) {
    if (found.length > MOST_FILES) {
      told.textContent = `${found.length} files are more than the ${MOST_FILES} that can be sent at once. Pack them into a ZIP, or collect a folder of the server.`;
      return;
    }
    const carried = new DataTransfer();
    for (const { file } of found) carried.items.add(file);
    input.files = carried.files;
    paths.value = JSON.stringify(found.map(({ path }) => path));
    told.textContent = `${found.length} file${found.length === 1 ? "" : "s"} chosen.`;
  }

  input.addEventListener("change", () => {
    paths.value = "";
    told.textContent = "";
  });
  form.querySelector("[data-drop-folder]").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () =>
    take([...chooser.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))),
  );
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const plain = [...event.dataTransfer.files];
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.length) return take(plain.map((file) => ({ file, path: file.name })));
    try {
      const found = [];
      for (const entry of entries) found.push(...(await filesOf(entry, "")));
      take(found);
    } catch {
      told.textContent = "This could not be read from the disk. Nothing was chosen.";
    }
  });
  zone.hidden = false;
}

for (const form of document.querySelectorAll("form[data-drop]")) prepare(form);
