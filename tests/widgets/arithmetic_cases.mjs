// Reads cases from stdin as JSON, writes what the widgets' arithmetic says of each.
// Usage: node arithmetic_cases.mjs FUNCTION MODULE < cases.json
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [name, file] = process.argv.slice(2);
const module = await import(pathToFileURL(file));
const answers = JSON.parse(readFileSync(0, "utf8")).map((args) => {
  try {
    return module[name](...args);
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));
