"""`resguardo age`: keys, sealing, opening and inspection, with the flags and words of the stock age tool."""

import json
import os
import sys

import click

from crypto.age import Identity, Recipient, inspect, open_chunks
from crypto.age_files_cli import (
    STANDARD,
    AskedPassphrase,
    new_passphrase,
    open_input,
    open_output,
    read_identities,
    read_key_file,
    sealed_parts,
    without_armor,
)
from crypto.errors import (
    AgeError,
    ArmorError,
    HeaderMacError,
    IdentityFileError,
    MalformedHeaderError,
    PayloadError,
    UnsupportedVersionError,
)
from crypto.hybrid import STANZA_TYPE as HYBRID
from crypto.hybrid import HybridIdentity
from crypto.keyfiles import NativeIdentity, parse_recipient, parse_recipients
from crypto.scrypt import ScryptRecipient
from crypto.x25519 import X25519Identity

_LAYERS: dict[type[Exception], str] = {
    MalformedHeaderError: "failed to read header: ",
    UnsupportedVersionError: "failed to read header: ",
    HeaderMacError: "bad header MAC: ",
    PayloadError: "failed to decrypt payload: ",
    ArmorError: "invalid armor: ",
    IdentityFileError: "failed to read identity file: ",
}


class AgeCliError(click.ClickException):
    """Printed as the stock tool prints its errors; the exit code is 1."""

    def show(self, file: object = None) -> None:
        """Print the message on standard error."""
        click.echo(f"age: error: {self.message}", err=True)


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (AgeError, IdentityFileError) as error:
            raise AgeCliError(_LAYERS.get(type(error), "") + str(error)) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise AgeCliError(f"{error.filename or 'input or output'}: {error.strerror}") from None


@click.group(cls=_Group)
def age() -> None:
    """Seal and open age files."""


@age.command()
@click.option("-o", "--output", default=STANDARD, help="Write the identity to a new FILE.", metavar="FILE")
@click.option("--pq/--x25519", "hybrid", default=True, help="Post-quantum (the default), or for older tools.")
@click.option("-y", "convert", is_flag=True, help="Read an identity file and print its recipients.")
@click.argument("source", default=STANDARD, metavar="[INPUT]")
def keygen(output: str, hybrid: bool, convert: bool, source: str) -> None:
    """Make an identity, or show the recipients of one."""
    if convert:
        _write_new(output, [str(identity.recipient) for identity in read_identities(source, None)])
        return
    if source != STANDARD:
        raise AgeCliError("an INPUT is read only with -y")
    identity: NativeIdentity = HybridIdentity.generate() if hybrid else X25519Identity.generate()
    _write_new(output, [f"# public key: {identity.recipient}", str(identity)])
    # Only now: nothing should be sealed to an identity that could not be written.
    if output != STANDARD or not sys.stdout.isatty():
        click.echo(f"Public key: {identity.recipient}", err=True)


def _write_new(path: str, lines: list[str]) -> None:
    data = "".join(line + "\n" for line in lines).encode("ascii")
    if path == STANDARD:
        sys.stdout.buffer.write(data)
        return
    # Never over another key: losing one is losing what it opens.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
        sink.write(data)


@age.command()
@click.option("-r", "--recipient", "texts", multiple=True, help="Seal to this recipient; repeatable.")
@click.option("-R", "--recipients-file", "files", multiple=True, help="Seal to all in FILE.", metavar="FILE")
@click.option("-p", "--passphrase", "ask", is_flag=True, help="Seal with a passphrase.")
@click.option("--passphrase-file", metavar="FILE", help="Read the passphrase from FILE instead of asking.")
@click.option("-a", "--armor", is_flag=True, help="Write text instead of bytes.")
@click.option("-o", "--output", default=STANDARD, metavar="FILE", help="Write to FILE.")
@click.argument("source", default=STANDARD, metavar="[INPUT]")
def encrypt(
    texts: tuple[str, ...],
    files: tuple[str, ...],
    ask: bool,
    passphrase_file: str | None,
    armor: bool,
    output: str,
    source: str,
) -> None:
    """Seal INPUT, or standard input."""
    recipients: list[Recipient] = [parse_recipient(text) for text in texts]
    for file in files:
        recipients += parse_recipients(read_key_file(file))
    if ask or passphrase_file:
        if recipients:
            raise AgeCliError("-p/--passphrase can't be combined with recipients")
        recipients = [ScryptRecipient(new_passphrase(passphrase_file))]
    if not recipients:
        raise AgeCliError("missing recipients: name one with -r or -R, or use -p")
    if not armor and output == STANDARD and sys.stdout.isatty():
        raise AgeCliError("refusing to output binary to the terminal: use -a or -o")
    with open_input(source) as stream, open_output(output) as sink:
        for part in sealed_parts(stream, recipients, armor=armor):
            sink.write(part)


@age.command()
@click.option("-i", "--identity", "files", multiple=True, metavar="FILE", help="Identity file; repeatable.")
@click.option("--passphrase-file", metavar="FILE", help="Read the passphrase from FILE instead of asking.")
@click.option("-o", "--output", default=STANDARD, metavar="FILE", help="Write to FILE.")
@click.argument("source", default=STANDARD, metavar="[INPUT]")
def decrypt(files: tuple[str, ...], passphrase_file: str | None, output: str, source: str) -> None:
    """Open INPUT, or standard input; armor is recognised."""
    identities: list[Identity] = []
    for file in files:
        identities += read_identities(file, passphrase_file)
    if passphrase_file or not files:
        identities.append(AskedPassphrase(passphrase_file))
    with open_input(source) as stream:
        # The header is checked here, before the output exists.
        chunks = open_chunks(without_armor(stream)[0], identities)
        with open_output(output) as sink:
            for chunk in chunks:
                sink.write(chunk)


@age.command("inspect")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("source", default=STANDARD, metavar="FILE")
def inspect_command(as_json: bool, source: str) -> None:
    """Show what anyone can see of FILE without opening it."""
    with open_input(source) as raw:
        stream, armored = without_armor(raw)
        seen = inspect(stream)
    sizes = {
        "header": seen.header_size,
        "overhead": seen.payload_size - seen.plaintext_size,
        "payload": seen.plaintext_size,
    }
    strong = all(kind == HYBRID for kind in seen.stanza_types)
    found = {
        "version": "age-encryption.org/v1",
        "postquantum": "yes" if strong else "no",
        "armor": armored,
        "stanza_types": list(seen.stanza_types),
        "sizes": sizes,
    }
    if as_json:
        click.echo(json.dumps(found, indent=4))
        return
    click.echo(f"version: {found['version']}{', armored' if armored else ''}")
    click.echo(f"recipients: {', '.join(seen.stanza_types)}")
    click.echo(f"post-quantum: {found['postquantum']}")
    for name, size in sizes.items():
        click.echo(f"{name}: {size} bytes")
