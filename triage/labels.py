"""Labels of the desk's own hashes and signatures; all differ, also from those in crypto.labels."""

AUDIT_GENESIS = b"resguardo/v1/desk/audit-genesis"
AUDIT_SIGNED = b"resguardo/v1/desk/audit-signed"
AUDIT_COMMITMENT = b"resguardo/v1/desk/audit-commitment"
AUDIT_SALT = b"resguardo/v1/desk/audit-salt"
ENTRY_ID = b"resguardo/v1/desk/entry-id"
GRANT_HOLDER = b"resguardo/v1/desk/grant-holder"
