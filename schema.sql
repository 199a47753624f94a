-- The tables of Resguardo: the authority, written by hand. Databases are made from this file and from nothing else;
-- tests/test_schema.py compares it with the tables in code on both engines.
--
-- One file serves SQLite (3.37 or later) and PostgreSQL (15 or later). intake/schema.py reads it:
--   "-- part: NAME"                          begins a part; a part goes into a database (or schema) of its own
--   "-- only sqlite" / "-- only postgresql"  begins lines that only one engine gets, up to "-- end"
-- A statement ends where a line ends in a semicolon, outside $$ quotes; two dashes begin a comment wherever they stand.
--
-- Rules (protocol.md §5, T1, T12):
-- * Keys are random bytes, never counters, so that the order of arrival is not in a key.
-- * SQLite tables are WITHOUT ROWID, or a hidden counter would give that order away; STRICT, or a text passes for a blob.
-- * The key comes first and the large sealed column last: a row that overflows its page keeps the small columns in it.
-- * There is a day ('YYYY-MM-DD', UTC) and never a time.
-- * No foreign key crosses the parts: they stand on different hosts.

-- part: drop
--
-- What the intake leaves for the desk: sealed bytes, days and random identifiers. Nothing links a report to a slot.
-- There are no foreign keys inside the part either: the intake's role could not check one, as it reads no table.

-- only postgresql
-- One name for sealed bytes on both engines.
DO $$ BEGIN
    IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF;
END $$;
-- end

-- A report as it was filed, until the desk collects it.
CREATE TABLE report (
    id         BLOB    NOT NULL,
    day        TEXT    NOT NULL,
    danger     INTEGER NOT NULL,  -- 1: the reporter chose to say on the outside that there is danger now
    report_age BLOB    NOT NULL,  -- sealed to the case key
    CONSTRAINT report_pkey PRIMARY KEY (id),
    CONSTRAINT report_id_size CHECK (length(id) = 16),
    CONSTRAINT report_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT report_danger_flag CHECK (danger IN (0, 1)),
    CONSTRAINT report_size CHECK (length(report_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The share files of a report's case key, one for every holder in manifest order, blank or not (protocol.md §3).
CREATE TABLE report_share (
    report_id BLOB    NOT NULL,
    x         INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    CONSTRAINT report_share_pkey PRIMARY KEY (report_id, x),
    CONSTRAINT report_share_id_size CHECK (length(report_id) = 16),
    CONSTRAINT report_share_x_range CHECK (x BETWEEN 1 AND 255),
    CONSTRAINT report_share_size CHECK (length(sealed) BETWEEN 1 AND 16384)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- A message from a reporter to a thread. A file is a message: metadata here, its bytes in message_chunk.
CREATE TABLE message (
    id          BLOB NOT NULL,
    day         TEXT NOT NULL,
    thread_id   BLOB NOT NULL,
    kind        TEXT NOT NULL,
    message_age BLOB NOT NULL,  -- sealed to the case key
    CONSTRAINT message_pkey PRIMARY KEY (id),
    CONSTRAINT message_id_size CHECK (length(id) = 16),
    CONSTRAINT message_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT message_thread_id_size CHECK (length(thread_id) = 32),
    CONSTRAINT message_kind_known CHECK (kind IN ('text', 'file', 'consent', 'withdrawal')),
    CONSTRAINT message_size CHECK (length(message_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The age file of a message of kind file, cut into rows of at most 1 MiB.
CREATE TABLE message_chunk (
    message_id BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    CONSTRAINT message_chunk_pkey PRIMARY KEY (message_id, number),
    CONSTRAINT message_chunk_id_size CHECK (length(message_id) = 16),
    CONSTRAINT message_chunk_number_range CHECK (number >= 0),
    CONSTRAINT message_chunk_size CHECK (length(sealed) BETWEEN 1 AND 1048576)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- What the board answers a thread: one sealed answer of constant size, rewritten in slot rounds.
CREATE TABLE slot (
    thread_id BLOB NOT NULL,
    sealed    BLOB NOT NULL,
    CONSTRAINT slot_pkey PRIMARY KEY (thread_id),
    CONSTRAINT slot_thread_id_size CHECK (length(thread_id) = 32),
    CONSTRAINT slot_size CHECK (length(sealed) = 32768)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The manifests the intake has started on, so that an older one is refused (protocol.md §2). Manifests are public.
CREATE TABLE seen_manifest (
    board_id BLOB    NOT NULL,
    sequence INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    CONSTRAINT seen_manifest_pkey PRIMARY KEY (board_id, sequence),
    CONSTRAINT seen_manifest_board_id_size CHECK (length(board_id) = 16),
    CONSTRAINT seen_manifest_sequence_range CHECK (sequence >= 0),
    CONSTRAINT seen_manifest_hash_size CHECK (length(hash) = 32)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- only postgresql
-- Two roles, without login: the operator grants them to the login of the intake and to that of the desk.
-- A plain SELECT would let whoever holds the intake's login list every thread; so the intake reads by functions that
-- want the random id, and the ids are as good as keys (protocol.md §5, T1).
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'resguardo_intake') THEN
        CREATE ROLE resguardo_intake NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'resguardo_desk') THEN
        CREATE ROLE resguardo_desk NOLOGIN;
    END IF;
END $$;

-- The sealed slot of one thread.
CREATE FUNCTION drop_slot(thread bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT sealed FROM slot WHERE thread_id = thread $$;

-- How many reports wait, and the oldest day among them: what an operator needs to see that collection works.
CREATE FUNCTION drop_waiting(OUT reports bigint, OUT oldest text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT count(*), min(day) FROM report $$;

-- SHA-256 over day, danger and the SHA-256 of every part: the proof that a report is stored as it was sent.
CREATE FUNCTION drop_report_digest(report bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(r.day || r.danger, 'UTF8') || sha256(r.report_age) || coalesce(
        (SELECT string_agg(sha256(s.sealed), ''::bytea ORDER BY s.x) FROM report_share s WHERE s.report_id = r.id),
        ''::bytea))
    FROM report r WHERE r.id = report
$$;

-- The same for a message: day and kind, thread, and the SHA-256 of every part.
CREATE FUNCTION drop_message_digest(message bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(m.day || m.kind, 'UTF8') || m.thread_id || sha256(m.message_age) || coalesce(
        (SELECT string_agg(sha256(c.sealed), ''::bytea ORDER BY c.number) FROM message_chunk c WHERE c.message_id = m.id),
        ''::bytea))
    FROM message m WHERE m.id = message
$$;

-- Who may do what. A function, because rewriting makes new tables.
CREATE FUNCTION drop_rights() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    GRANT INSERT ON report, report_share, message, message_chunk, slot TO resguardo_intake;
    GRANT SELECT, DELETE ON report, report_share, message, message_chunk TO resguardo_desk;
    GRANT SELECT (thread_id), UPDATE (sealed), DELETE ON slot TO resguardo_desk;
$$;

-- Rewrite every table in the order of its key: PostgreSQL keeps the order of arrival in ctid and xmin, and CLUSTER and
-- VACUUM FULL keep xmin (T1). Readers and writers wait meanwhile.
CREATE FUNCTION drop_rewrite() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    name text;
    keys text;
BEGIN
    LOCK TABLE report, report_share, message, message_chunk, slot IN ACCESS EXCLUSIVE MODE;
    FOR name, keys IN VALUES
        ('report', 'id'), ('report_share', 'report_id, x'), ('message', 'id'),
        ('message_chunk', 'message_id, number'), ('slot', 'thread_id')
    LOOP
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name || '_new', name);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I ORDER BY %s', name || '_new', name, keys);
        EXECUTE format('DROP TABLE %I', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name || '_new', name);
        EXECUTE format('ALTER INDEX %I RENAME TO %I', name || '_new_pkey', name || '_pkey');
    END LOOP;
    PERFORM drop_rights();
END $$;

REVOKE ALL ON FUNCTION drop_slot(bytea), drop_waiting(), drop_report_digest(bytea), drop_message_digest(bytea),
    drop_rights(), drop_rewrite() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_slot(bytea), drop_waiting(), drop_report_digest(bytea), drop_message_digest(bytea)
    TO resguardo_intake;
GRANT EXECUTE ON FUNCTION drop_waiting(), drop_rewrite() TO resguardo_desk;
GRANT SELECT, INSERT ON seen_manifest TO resguardo_intake;
SELECT drop_rights();
-- end

-- part: register
--
-- What the board keeps. Everything about a case is sealed; in clear stand the staff list, random ids and days (T5).

-- only postgresql
DO $$ BEGIN
    IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF;
END $$;
-- end

-- Everyone with a desk login. The staff list is what a locked desk does show.
CREATE TABLE person (
    id               BLOB    NOT NULL,
    label            TEXT    NOT NULL,
    roles            TEXT    NOT NULL,  -- words with a space between them
    active           INTEGER NOT NULL,  -- 0: left; the row stays, because audit entries name the id
    verification_key BLOB    NOT NULL,  -- Ed25519, for the audit chain; a login with another one is refused
    recipient        BLOB    NOT NULL,
    CONSTRAINT person_pkey PRIMARY KEY (id),
    CONSTRAINT person_label_once UNIQUE (label),
    CONSTRAINT person_id_size CHECK (length(id) = 16),
    CONSTRAINT person_label_length CHECK (length(label) BETWEEN 1 AND 64),
    CONSTRAINT person_roles_length CHECK (length(roles) BETWEEN 1 AND 100),
    CONSTRAINT person_active_flag CHECK (active IN (0, 1)),
    CONSTRAINT person_verification_key_size CHECK (length(verification_key) = 32),
    CONSTRAINT person_recipient_size CHECK (length(recipient) = 1216)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The manifests this desk has known: who could be recused when a report that cites one was written. Public.
CREATE TABLE known_manifest (
    hash      BLOB    NOT NULL,
    sequence  INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    named     TEXT    NOT NULL,  -- labels of members and staff, one a line
    CONSTRAINT known_manifest_pkey PRIMARY KEY (hash),
    CONSTRAINT known_manifest_hash_size CHECK (length(hash) = 32),
    CONSTRAINT known_manifest_sequence_range CHECK (sequence >= 0),
    CONSTRAINT known_manifest_threshold_range CHECK (threshold BETWEEN 1 AND 255)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- Days that people look up: the last collection, the last slot round.
CREATE TABLE milestone (
    name TEXT NOT NULL,
    day  TEXT NOT NULL,
    CONSTRAINT milestone_pkey PRIMARY KEY (name),
    CONSTRAINT milestone_name_known CHECK (name IN ('collection', 'round')),
    CONSTRAINT milestone_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__')
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- Every report id ever collected, so that none comes in twice (protocol.md §5, T12).
CREATE TABLE seen_report (
    id BLOB NOT NULL,
    CONSTRAINT seen_report_pkey PRIMARY KEY (id),
    CONSTRAINT seen_report_id_size CHECK (length(id) = 16)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- A collected report that is not open; its shares stand in the part keys.
CREATE TABLE waiting_report (
    id         BLOB    NOT NULL,
    day        TEXT    NOT NULL,
    danger     INTEGER NOT NULL,
    status     TEXT    NOT NULL,  -- unopenable: all members tried; unreadable: opened, but not a report we can parse
    report_age BLOB    NOT NULL,
    CONSTRAINT waiting_report_pkey PRIMARY KEY (id),
    CONSTRAINT waiting_report_id_size CHECK (length(id) = 16),
    CONSTRAINT waiting_report_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT waiting_report_danger_flag CHECK (danger IN (0, 1)),
    CONSTRAINT waiting_report_status_known CHECK (status IN ('waiting', 'unopenable', 'unreadable')),
    CONSTRAINT waiting_report_size CHECK (length(report_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- A collected message whose thread nobody at the desk has opened yet.
CREATE TABLE waiting_message (
    id          BLOB NOT NULL,
    day         TEXT NOT NULL,
    thread_id   BLOB NOT NULL,
    kind        TEXT NOT NULL,
    message_age BLOB NOT NULL,
    CONSTRAINT waiting_message_pkey PRIMARY KEY (id),
    CONSTRAINT waiting_message_id_size CHECK (length(id) = 16),
    CONSTRAINT waiting_message_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT waiting_message_thread_id_size CHECK (length(thread_id) = 32),
    CONSTRAINT waiting_message_kind_known CHECK (kind IN ('text', 'file', 'consent', 'withdrawal')),
    CONSTRAINT waiting_message_size CHECK (length(message_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

CREATE TABLE waiting_chunk (
    message_id BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    CONSTRAINT waiting_chunk_pkey PRIMARY KEY (message_id, number),
    CONSTRAINT waiting_chunk_id_size CHECK (length(message_id) = 16),
    CONSTRAINT waiting_chunk_number_range CHECK (number >= 0),
    CONSTRAINT waiting_chunk_size CHECK (length(sealed) BETWEEN 1 AND 1048576)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- A case: its id is not the report's, and its version is a random number, because a counter would show how busy it is.
CREATE TABLE case_file (
    id         BLOB    NOT NULL,
    version    INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,  -- the record and what finds its entries, under the facts key
    report_age BLOB    NOT NULL,  -- sealed to the case key of the present generation
    CONSTRAINT case_file_pkey PRIMARY KEY (id),
    CONSTRAINT case_file_id_size CHECK (length(id) = 16),
    CONSTRAINT case_file_version_range CHECK (version >= 0),
    CONSTRAINT case_file_sealed_size CHECK (length(sealed) >= 1),
    CONSTRAINT case_file_report_size CHECK (length(report_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- One entry of some case's timeline. Ids are derived from the facts key: without it no entry points to its case.
CREATE TABLE entry (
    id     BLOB NOT NULL,
    sealed BLOB NOT NULL,
    CONSTRAINT entry_pkey PRIMARY KEY (id),
    CONSTRAINT entry_id_size CHECK (length(id) = 16),
    CONSTRAINT entry_sealed_size CHECK (length(sealed) >= 1)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The age file of one attachment in rows of at most 1 MiB; the id is that of its entry.
CREATE TABLE attachment (
    id     BLOB    NOT NULL,
    number INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    CONSTRAINT attachment_pkey PRIMARY KEY (id, number),
    CONSTRAINT attachment_id_size CHECK (length(id) = 16),
    CONSTRAINT attachment_number_range CHECK (number >= 0),
    CONSTRAINT attachment_sealed_size CHECK (length(sealed) BETWEEN 1 AND 1048576)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The audit chain (protocol.md §6): who did something on which day, a commitment to what, and the rest sealed to the auditors.
CREATE TABLE audit (
    number     INTEGER NOT NULL,  -- the one counter: order is what this table is for
    day        TEXT    NOT NULL,
    person_id  BLOB,              -- null: the desk itself
    previous   BLOB    NOT NULL,
    commitment BLOB    NOT NULL,
    signature  BLOB,              -- null only for the desk itself while its key is locked
    sealed     BLOB    NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (number),
    CONSTRAINT audit_number_range CHECK (number >= 1),
    CONSTRAINT audit_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT audit_person_id_size CHECK (length(person_id) = 16),
    CONSTRAINT audit_previous_size CHECK (length(previous) = 32),
    CONSTRAINT audit_commitment_size CHECK (length(commitment) = 32),
    CONSTRAINT audit_signature_size CHECK (length(signature) = 64),
    CONSTRAINT audit_signed CHECK (person_id IS NULL OR signature IS NOT NULL)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- part: keys
--
-- Grants, identities and shares: a file of its own, backed up apart for at most 30 days (protocol.md §6).

-- only postgresql
CREATE SCHEMA keys;
-- end

-- A person's identity file, protected by their passphrase.
CREATE TABLE keys.identity (
    person_id BLOB NOT NULL,
    sealed    BLOB NOT NULL,
    CONSTRAINT identity_pkey PRIMARY KEY (person_id),
    CONSTRAINT identity_person_id_size CHECK (length(person_id) = 16),
    CONSTRAINT identity_sealed_size CHECK (length(sealed) >= 1)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The seed that signs slots, sealed to everyone who works on content.
CREATE TABLE keys.desk_key (
    person_id BLOB NOT NULL,
    sealed    BLOB NOT NULL,
    CONSTRAINT desk_key_pkey PRIMARY KEY (person_id),
    CONSTRAINT desk_key_person_id_size CHECK (length(person_id) = 16),
    CONSTRAINT desk_key_sealed_size CHECK (length(sealed) >= 1)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The share files of waiting reports as they were filed; a row goes when its holder releases it or the report opens.
CREATE TABLE keys.share (
    report_id BLOB    NOT NULL,
    x         INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    CONSTRAINT share_pkey PRIMARY KEY (report_id, x),
    CONSTRAINT share_report_id_size CHECK (length(report_id) = 16),
    CONSTRAINT share_x_range CHECK (x BETWEEN 1 AND 255),
    CONSTRAINT share_sealed_size CHECK (length(sealed) BETWEEN 1 AND 16384)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- Shares that a holder opened and sealed again to another one: never k valid ones for one holder at rest (protocol.md §6).
CREATE TABLE keys.released (
    report_id BLOB    NOT NULL,
    x         INTEGER NOT NULL,
    holder    TEXT    NOT NULL,  -- the public label of whom it is sealed to
    sealed    BLOB    NOT NULL,
    CONSTRAINT released_pkey PRIMARY KEY (report_id, x, holder),
    CONSTRAINT released_report_id_size CHECK (length(report_id) = 16),
    CONSTRAINT released_x_range CHECK (x BETWEEN 1 AND 255),
    CONSTRAINT released_sealed_size CHECK (length(sealed) BETWEEN 1 AND 16384)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- Who tried to open a waiting report; when all holders did, it is unopenable.
CREATE TABLE keys.tried (
    report_id BLOB NOT NULL,
    holder    TEXT NOT NULL,
    CONSTRAINT tried_pkey PRIMARY KEY (report_id, holder),
    CONSTRAINT tried_report_id_size CHECK (length(report_id) = 16)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- Case keys, each sealed to one person. Nothing outside says which case or whose.
CREATE TABLE keys.case_grant (
    id     BLOB NOT NULL,
    holder BLOB,          -- null: new, an age file; else a pseudonym, and wrapped under that person's vault key
    sealed BLOB NOT NULL,
    CONSTRAINT case_grant_pkey PRIMARY KEY (id),
    CONSTRAINT case_grant_id_size CHECK (length(id) = 16),
    CONSTRAINT case_grant_holder_size CHECK (length(holder) = 16),
    CONSTRAINT case_grant_sealed_size CHECK (length(sealed) >= 1)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;
