// The other implementation of age, for tests: node age_file.mjs seal RECIPIENT | open IDENTITY | vectors
// Takes the file on standard input, gives the result on standard output.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [task, key] = process.argv.slice(2);

if (task === "vectors") {
  const vectors = await import("cctv-age");
  const hashes = Object.entries(vectors["module.exports"] ?? vectors).map(([name, bytes]) => [
    name,
    createHash("sha256").update(bytes).digest("hex"),
  ]);
  writeFileSync(1, JSON.stringify(Object.fromEntries(hashes)));
} else {
  const { Decrypter, Encrypter } = await import("age-encryption");
  const input = readFileSync(0);
  if (task === "seal") {
    const encrypter = new Encrypter();
    encrypter.addRecipient(key);
    process.stdout.write(await encrypter.encrypt(input));
  } else if (task === "open") {
    const decrypter = new Decrypter();
    decrypter.addIdentity(key);
    process.stdout.write(await decrypter.decrypt(input));
  } else {
    throw new Error("unknown task");
  }
}
