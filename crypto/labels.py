"""Every label that separates one use of a key or signature from another; all distinct (protocol.md §9)."""

# Before a reporter's public keys, whose hash is the id of the thread (protocol.md §4).
RECEIPT_THREAD_ID = b"resguardo/v1/receipt/thread-id"

# HKDF-SHA256 from the root that Argon2id makes of a receipt code (protocol.md §4).
RECEIPT_IDENTITY = b"resguardo/v1/receipt/reporter-identity"
RECEIPT_SIGNATURE = b"resguardo/v1/receipt/reporter-signature"
RECEIPT_FILING_SALT = b"resguardo/v1/receipt/filing-salt"

# HKDF-SHA256 from the seed of a person's lasting identity (protocol.md §6).
PERSON_SIGNATURE = b"resguardo/v1/person/signature"
PERSON_VAULT = b"resguardo/v1/person/vault"

# HKDF-SHA256 from a case key (protocol.md §6).
CASE_FACTS = b"resguardo/v1/case/facts"

# Prefixes of what is signed with Ed25519; the first is the context string of ML-DSA-65 too (protocol.md §2).
SIGNED_BOARD = b"resguardo/v1/signed/board"
SIGNED_SLOT = b"resguardo/v1/signed/slot"
SIGNED_MESSAGE = b"resguardo/v1/signed/message"

# Before a message without its id, whose signature gives the id (protocol.md §5).
MESSAGE_ID = b"resguardo/v1/message-id"

# Associated data of a grant under a vault key (protocol.md §6).
VAULT_GRANT = b"resguardo/v1/vault/grant"
