-- Instants are integer microseconds since 1970. Words are those of the wire. JSON is compact text.
-- There are no foreign keys: every write goes through one thread, whose statements check what they refer to.
-- Lists of more than two words are written with OR or CASE: for IN, SQLite would build a temporary index at each row that it checks.

CREATE TABLE sessions (
    -- By which its events know it: a small number, never given out twice.
    place               INTEGER PRIMARY KEY AUTOINCREMENT,
    org                 TEXT    NOT NULL,
    session_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL COLLATE NOCASE,
    status              TEXT    NOT NULL CHECK (
        status = 'pending' OR status = 'running' OR status = 'stopping' OR status = 'stopped'
        OR status = 'idle' OR status = 'finished' OR status = 'failed'),
    created_at          INTEGER NOT NULL,
    project_dir         TEXT,
    agent_name          TEXT,
    last_resumed_at     INTEGER,
    parent_session_id   TEXT,
    execution_mode      TEXT    NOT NULL CHECK (
        execution_mode = 'sync' OR execution_mode = 'async_poll' OR execution_mode = 'async_callback'),
    on_parent_end       TEXT    NOT NULL DEFAULT 'stop' CHECK (on_parent_end = 'stop' OR on_parent_end = 'detach'),
    executor_session_id TEXT,
    executor_type       TEXT,
    hostname            TEXT,
    waiting_reason      TEXT,
    when_busy           TEXT    NOT NULL DEFAULT 'enqueue' CHECK (when_busy = 'enqueue' OR when_busy = 'interrupt' OR when_busy = 'reject'),
    -- The sequence of the newest event; the next one is reserved here.
    last_seq            INTEGER NOT NULL DEFAULT 0,
    -- Where the log of the latest run begins: a result is read above it.
    run_start_seq       INTEGER NOT NULL DEFAULT 0,
    -- The newest event that a result may be read from; 0 when there is none.
    result_seq          INTEGER NOT NULL DEFAULT 0,
    -- Up to here the log was pruned: a sequence that is missing below is a gap, one that is missing above is a loss.
    pruned_to           INTEGER NOT NULL DEFAULT 0,
    kind                TEXT    CHECK (kind IS NULL OR kind = 'room')
);

CREATE UNIQUE INDEX sessions_by_id ON sessions (org, session_id);
CREATE UNIQUE INDEX sessions_by_name ON sessions (org, name);
CREATE INDEX sessions_by_age ON sessions (org, created_at DESC, session_id DESC);
CREATE INDEX sessions_by_parent ON sessions (org, parent_session_id) WHERE parent_session_id IS NOT NULL;
CREATE INDEX sessions_by_executor ON sessions (org, executor_session_id) WHERE executor_session_id IS NOT NULL;

-- Of each session of kind 'room'.
CREATE TABLE rooms (
    org          TEXT    NOT NULL,
    room_id      TEXT    NOT NULL,
    -- Every entry of its log up to here has gone where it had to.
    routed_seq   INTEGER NOT NULL DEFAULT 0,
    epoch        INTEGER NOT NULL DEFAULT 0,
    locked_agent TEXT,
    PRIMARY KEY (org, room_id)
) WITHOUT ROWID;

-- Messages that became runs of agents in a room.
CREATE TABLE room_routes (
    org      TEXT    NOT NULL,
    run_id   TEXT    NOT NULL,
    room_id  TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    -- The person's message that it comes from.
    root_seq INTEGER NOT NULL,
    hop      INTEGER NOT NULL CHECK (hop > 0),
    sender   TEXT,
    agent    TEXT    NOT NULL,
    PRIMARY KEY (org, run_id)
) WITHOUT ROWID;

CREATE INDEX room_routes_by_root ON room_routes (org, room_id, root_seq);
CREATE INDEX room_routes_by_seq ON room_routes (org, room_id, seq);

CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    place       INTEGER NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq > 0),
    type        TEXT    NOT NULL,
    timestamp   TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    run_id      TEXT,
    actor       TEXT,
    -- Of all other columns but id and place, and of the body.
    checksum    INTEGER NOT NULL,
    body        BLOB,
    -- The file of a body too large for the row.
    blob        TEXT,
    CHECK ((body IS NULL) <> (blob IS NULL))
);

-- The table is in order of arrival, so that a commit with events of many sessions writes few pages of it; this is all that is by session.
CREATE UNIQUE INDEX events_by_seq ON events (place, seq);
CREATE INDEX events_with_blob ON events (blob) WHERE blob IS NOT NULL;

-- Logs that are on their way in: their session appears when they are whole. What a crash left here goes at the next start.
CREATE TABLE imports (
    place    INTEGER PRIMARY KEY,
    begun_at INTEGER NOT NULL
);

CREATE TABLE runs (
    -- The order of arrival.
    place             INTEGER PRIMARY KEY,
    org               TEXT    NOT NULL,
    run_id            TEXT    NOT NULL,
    type              TEXT    NOT NULL CHECK (type IN ('start_session', 'resume_session')),
    session_id        TEXT    NOT NULL,
    -- The place of that session: what is new then stands at the end of its index, wherever its random id would fall.
    session_place     INTEGER NOT NULL,
    agent_name        TEXT,
    agent_revision    INTEGER,
    executor          TEXT,
    prompt            TEXT    NOT NULL,
    project_dir       TEXT,
    parent_session_id TEXT,
    execution_mode    TEXT    NOT NULL CHECK (
        execution_mode = 'sync' OR execution_mode = 'async_poll' OR execution_mode = 'async_callback'),
    demands           TEXT,
    -- The parent's run waits for its end.
    holds_parent      INTEGER NOT NULL DEFAULT 0 CHECK (holds_parent IN (0, 1)),
    status            TEXT    NOT NULL,
    waiting_reason    TEXT,
    runner_id         TEXT,
    fence             INTEGER NOT NULL DEFAULT 0,
    attempt           INTEGER NOT NULL DEFAULT 0,
    -- Null on a live run: its lease was taken away, and the reaper ends it.
    lease_until       INTEGER,
    -- When the runner was last heard of about this run.
    renewed_at        INTEGER,
    token_hash        TEXT,
    -- The first output of this attempt that has not been seen.
    next_ordinal      INTEGER NOT NULL DEFAULT 1,
    stop_told_at      INTEGER,
    error             TEXT,
    reason            TEXT,
    exit_code         INTEGER,
    result_text       TEXT,
    result_data       TEXT,
    usage             TEXT,
    -- Of the report that ended it; null when no report did.
    end_digest        TEXT,
    -- Of the other ends that were reported after it, each once.
    late_digests      TEXT,
    created_at        INTEGER NOT NULL,
    claimed_at        INTEGER,
    started_at        INTEGER,
    completed_at      INTEGER,
    timeout_at        INTEGER,
    priority          INTEGER NOT NULL DEFAULT 0,
    -- The root session of its tree; null for the first run of a session without a parent, behind which no other of its tree can stand.
    tree              TEXT,
    turn              INTEGER NOT NULL DEFAULT 0,
    -- The order of the queue, the lowest first; null for a run that waits for its not_before.
    rank              INTEGER,
    -- The order within its session, before place: below 0 for messages that interrupt.
    position          INTEGER NOT NULL DEFAULT 0,
    agent_cap         INTEGER,
    timeout_seconds   INTEGER,
    deadline_at       INTEGER,
    not_before        INTEGER,
    expires_at        INTEGER,
    -- When the clock must look at it next.
    due_at            INTEGER,
    stop_reason       TEXT,
    -- W3C trace context of the request that queued it.
    trace_parent      TEXT,
    use_memory        INTEGER CHECK (use_memory IN (0, 1)),
    -- The agent's retry policy as pinned; null for none.
    retry             TEXT,
    -- The first of the runs that it does again.
    retry_of          TEXT,
    retry_number      INTEGER NOT NULL DEFAULT 0,
    -- A run is live when a runner has it and it has not ended; statements and indexes ask for just that.
    CHECK (CASE status
        WHEN 'pending' THEN runner_id IS NULL AND completed_at IS NULL
        WHEN 'claimed' THEN runner_id IS NOT NULL AND completed_at IS NULL
        WHEN 'running' THEN runner_id IS NOT NULL AND completed_at IS NULL
        WHEN 'waiting' THEN runner_id IS NOT NULL AND completed_at IS NULL
        WHEN 'stopping' THEN runner_id IS NOT NULL AND completed_at IS NULL
        WHEN 'completed' THEN completed_at IS NOT NULL
        WHEN 'failed' THEN completed_at IS NOT NULL
        WHEN 'stopped' THEN completed_at IS NOT NULL
        ELSE FALSE END)
);

-- Every index over a status costs each move of a run, so there are few: one for the live ones, one for those that have not ended,
-- one for the queue, one for a runner's.
CREATE UNIQUE INDEX runs_by_id ON runs (org, run_id);
CREATE INDEX runs_by_session ON runs (session_place, place);
CREATE UNIQUE INDEX runs_one_live ON runs (org, session_id) WHERE completed_at IS NULL AND runner_id IS NOT NULL;
CREATE INDEX runs_queue ON runs (org, rank, place) WHERE completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL;
CREATE INDEX runs_open ON runs (org, session_id, position, place) WHERE completed_at IS NULL;
-- These four have no entry of an ordinary first run.
CREATE INDEX runs_of_tree ON runs (org, tree, turn, priority)
    WHERE completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL AND tree IS NOT NULL;
CREATE INDEX runs_capped ON runs (org, agent_name) WHERE completed_at IS NULL AND runner_id IS NOT NULL AND agent_cap IS NOT NULL;
CREATE INDEX runs_waiting_for_cap ON runs (org, agent_name, rank, place)
    WHERE completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL AND agent_cap IS NOT NULL;
CREATE INDEX runs_due ON runs (due_at) WHERE completed_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX runs_unmatched ON runs (timeout_at) WHERE completed_at IS NULL AND runner_id IS NULL AND timeout_at IS NOT NULL;
CREATE INDEX runs_held ON runs (org, runner_id) WHERE completed_at IS NULL AND runner_id IS NOT NULL;
-- What holds up a parent.
CREATE INDEX runs_awaited ON runs (org, parent_session_id) WHERE completed_at IS NULL AND holds_parent;
CREATE UNIQUE INDEX runs_by_token ON runs (token_hash) WHERE token_hash IS NOT NULL;

-- The round that is being served: the highest turn that was claimed.
CREATE TABLE queues (
    org  TEXT    NOT NULL PRIMARY KEY,
    turn INTEGER NOT NULL
) WITHOUT ROWID;

-- What parents have to be told. One row for every end of a child's run, ever.
CREATE TABLE callbacks (
    place             INTEGER PRIMARY KEY,
    org               TEXT    NOT NULL,
    callback_id       TEXT    NOT NULL,
    parent_session_id TEXT    NOT NULL,
    child_session_id  TEXT    NOT NULL,
    child_name        TEXT    NOT NULL,
    child_run_id      TEXT    NOT NULL,
    has_failed        INTEGER NOT NULL CHECK (has_failed IN (0, 1)),
    text              TEXT,
    created_at        INTEGER NOT NULL,
    -- The parent's run that carries it; null while it waits.
    delivered_run_id  TEXT
);

CREATE UNIQUE INDEX callbacks_by_run ON callbacks (org, child_run_id);
CREATE INDEX callbacks_waiting ON callbacks (org, parent_session_id, place) WHERE delivered_run_id IS NULL;

CREATE TABLE runners (
    org                 TEXT    NOT NULL,
    runner_id           TEXT    NOT NULL,
    hostname            TEXT,
    project_dir         TEXT,
    executor_type       TEXT,
    executors           TEXT    NOT NULL,
    tags                TEXT    NOT NULL,
    instance_id         TEXT,
    -- The id of the principal whose token registered it.
    registered_by       TEXT,
    -- What it declared: leases, claim_ack.
    keeps_leases        INTEGER NOT NULL CHECK (keeps_leases IN (0, 1)),
    acknowledges_claims INTEGER NOT NULL CHECK (acknowledges_claims IN (0, 1)),
    lease               INTEGER NOT NULL CHECK (lease > 0),
    max_concurrent      INTEGER,
    registered_at       INTEGER NOT NULL,
    last_heartbeat_at   INTEGER NOT NULL,
    is_leaving          INTEGER NOT NULL DEFAULT 0 CHECK (is_leaving IN (0, 1)),
    -- Claims that ran out unstarted; what it asked before the last of them, it may never hear the answer to.
    lapsed_claims       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org, runner_id)
) WITHOUT ROWID;

CREATE TABLE agents (
    org        TEXT    NOT NULL,
    name       TEXT    NOT NULL COLLATE NOCASE,
    revision   INTEGER NOT NULL,
    deleted_at INTEGER,
    -- Its newest revision's failures one after the other, since when, and the last of them.
    failures       INTEGER NOT NULL DEFAULT 0,
    failing_since  INTEGER,
    failed_at      INTEGER,
    failed_run_id  TEXT,
    -- Its queued runs wait until a person lets them go.
    quarantined_at INTEGER,
    PRIMARY KEY (org, name)
) WITHOUT ROWID;

CREATE TABLE agent_revisions (
    org        TEXT    NOT NULL,
    name       TEXT    NOT NULL COLLATE NOCASE,
    revision   INTEGER NOT NULL,
    digest     TEXT    NOT NULL,
    definition TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, name, revision)
);

CREATE TABLE skills (
    org        TEXT    NOT NULL,
    name       TEXT    NOT NULL COLLATE NOCASE,
    version    INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (org, name)
) WITHOUT ROWID;

CREATE TABLE skill_versions (
    org        TEXT    NOT NULL,
    name       TEXT    NOT NULL COLLATE NOCASE,
    version    INTEGER NOT NULL,
    digest     TEXT    NOT NULL,
    definition TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org, name, version)
);

-- Runs of skills that have ended, forgotten as calls of tools are.
CREATE TABLE skill_executions (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    org          TEXT    NOT NULL,
    execution_id TEXT    NOT NULL,
    skill        TEXT    NOT NULL COLLATE NOCASE,
    agent        TEXT    NOT NULL COLLATE NOCASE,
    run_id       TEXT,
    session_id   TEXT,
    actor        TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    noted_at     INTEGER NOT NULL
);
CREATE INDEX skill_executions_by_id ON skill_executions (org, execution_id);
CREATE INDEX skill_executions_by_skill ON skill_executions (org, skill, seq);
CREATE INDEX skill_executions_by_age ON skill_executions (noted_at);

CREATE TABLE tokens (
    org        TEXT    NOT NULL,
    token_id   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'operator', 'approver', 'viewer', 'runner', 'agent')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (org, token_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);

-- Keys of requests that were served, with what came of them; kept for two days.
CREATE TABLE idempotency (
    org          TEXT    NOT NULL,
    principal    TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (org, principal, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE memories (
    place        INTEGER PRIMARY KEY,
    org          TEXT    NOT NULL,
    memory_id    TEXT    NOT NULL,
    -- Stands for org, agent, user and session together.
    scope        TEXT    NOT NULL,
    agent_id     TEXT    COLLATE NOCASE,
    user_id      TEXT,
    session_id   TEXT,
    collection   TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    metadata     TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    -- Whose vector it is; null while it has none. The vector of a text that cannot have one is empty.
    vector_model TEXT,
    vector       BLOB
);

CREATE UNIQUE INDEX memories_by_id ON memories (org, memory_id);
CREATE INDEX memories_by_scope ON memories (scope, created_at DESC, memory_id DESC);
CREATE INDEX memories_by_age ON memories (org, created_at DESC, memory_id DESC);
CREATE INDEX memories_by_agent ON memories (org, agent_id, created_at DESC, memory_id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX memories_by_user ON memories (org, user_id, created_at DESC, memory_id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX memories_by_session ON memories (org, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX memories_by_writing ON memories (updated_at);
CREATE INDEX memories_without_vector ON memories (place) WHERE vector_model IS NULL;

-- The words that a memory is found by, made by the program: this tokenizer takes them as they are. By the place of the memory.
CREATE VIRTUAL TABLE memory_words USING fts5(scope, words, tokenize = 'ascii', detail = 'column');

CREATE TRIGGER memory_forgotten AFTER DELETE ON memories BEGIN
    DELETE FROM memory_words WHERE rowid = old.place;
END;

-- Documents that agents and people share. Their contents are files, each named by the id that a version has.
CREATE TABLE documents (
    place        INTEGER PRIMARY KEY,
    org          TEXT    NOT NULL,
    document_id  TEXT    NOT NULL,
    filename     TEXT    NOT NULL,
    -- In lower case, as the program makes it: by it a part of the name is found.
    filename_key TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    metadata     TEXT    NOT NULL,
    -- The newest; 0 while there is no content.
    version      INTEGER NOT NULL,
    -- The version that its passages are of, and why there are none where there should be some.
    indexed_version INTEGER NOT NULL,
    index_failure TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);

CREATE INDEX documents_unindexed ON documents (updated_at) WHERE indexed_version <> version;
CREATE INDEX documents_unfound ON documents (org) WHERE index_failure IS NOT NULL;
CREATE UNIQUE INDEX documents_by_id ON documents (org, document_id);
CREATE INDEX documents_by_age ON documents (org, created_at DESC, document_id DESC);

CREATE TABLE document_versions (
    document   INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    content_id TEXT    NOT NULL,
    size_bytes INTEGER NOT NULL,
    checksum   TEXT    NOT NULL,
    -- UTF-8 without NUL.
    is_text    INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    written_by TEXT    NOT NULL,
    PRIMARY KEY (document, version)
) WITHOUT ROWID;

CREATE INDEX document_versions_by_content ON document_versions (content_id);

CREATE TABLE document_tags (
    org         TEXT    NOT NULL,
    tag         TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    document_id TEXT    NOT NULL,
    document    INTEGER NOT NULL,
    PRIMARY KEY (org, tag, created_at, document_id)
) WITHOUT ROWID;

CREATE INDEX document_tags_by_document ON document_tags (document, tag);

-- What documents are to each other, a row for each of two: the type says what the other one is.
CREATE TABLE document_relations (
    relation      INTEGER PRIMARY KEY AUTOINCREMENT,
    org           TEXT    NOT NULL,
    document      INTEGER NOT NULL,
    related       INTEGER NOT NULL,
    relation_type TEXT    NOT NULL,
    note          TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);

CREATE UNIQUE INDEX document_relations_by_document ON document_relations (document, related, relation_type);
CREATE INDEX document_relations_by_related ON document_relations (related);

-- Pieces of texts, and their words, made by the program: this tokenizer takes them as they are. By the place of the passage.
CREATE TABLE document_passages (
    place       INTEGER PRIMARY KEY,
    org         TEXT    NOT NULL,
    document    INTEGER NOT NULL,
    char_offset INTEGER NOT NULL,
    char_length INTEGER NOT NULL,
    text        TEXT    NOT NULL
);

CREATE INDEX document_passages_by_document ON document_passages (document);
CREATE INDEX document_passages_by_org ON document_passages (org);
CREATE VIRTUAL TABLE passage_words USING fts5(document UNINDEXED, words, tokenize = 'ascii', detail = 'column');

CREATE TRIGGER passage_forgotten AFTER DELETE ON document_passages BEGIN
    DELETE FROM passage_words WHERE rowid = old.place;
END;

-- Bytes of all contents of an org, old versions included.
CREATE TABLE document_usage (
    org   TEXT    NOT NULL PRIMARY KEY,
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) WITHOUT ROWID;

CREATE TRIGGER document_deleted AFTER DELETE ON documents BEGIN
    DELETE FROM document_versions WHERE document = old.place;
    DELETE FROM document_tags WHERE document = old.place;
    DELETE FROM document_relations WHERE document = old.place OR related = old.place;
    DELETE FROM document_passages WHERE document = old.place;
END;

-- Which tools were called, and nothing of what was said.
CREATE TABLE tool_calls (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    org          TEXT    NOT NULL,
    agent        TEXT    NOT NULL COLLATE NOCASE,
    run_id       TEXT,
    session_id   TEXT,
    actor        TEXT    NOT NULL,
    server       TEXT    NOT NULL,
    tool         TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    duration_ms  INTEGER NOT NULL,
    input_bytes  INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL,
    noted_at     INTEGER NOT NULL
);

CREATE INDEX tool_calls_by_agent ON tool_calls (org, agent, seq);
CREATE INDEX tool_calls_by_run ON tool_calls (org, run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX tool_calls_by_age ON tool_calls (noted_at);

-- How tools described themselves when they were first seen, or accepted. The id stands for server and name.
CREATE TABLE tool_pins (
    org         TEXT    NOT NULL,
    pin_id      TEXT    NOT NULL,
    definition  TEXT    NOT NULL,
    pinned_at   INTEGER NOT NULL,
    accepted_by TEXT,
    PRIMARY KEY (org, pin_id)
) WITHOUT ROWID;

-- Acts in a chain of hashes, never changed; the head says where it ends, so that a cut at the end shows too.
CREATE TABLE audit (
    org     TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    method  TEXT    NOT NULL,
    route   TEXT    NOT NULL,
    subject TEXT,
    status  INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    digest  TEXT,
    -- Of the rows of what it was done to; null where there were none.
    state_before TEXT,
    state_after  TEXT,
    hash    TEXT    NOT NULL,
    PRIMARY KEY (org, seq)
) WITHOUT ROWID;

-- Acts that took effect, written in the same transaction; they go when their entry is in the chain.
CREATE TABLE audit_acts (
    act_id  TEXT    NOT NULL PRIMARY KEY,
    org     TEXT    NOT NULL,
    -- The life of the server that served them.
    life    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    method  TEXT    NOT NULL,
    route   TEXT    NOT NULL,
    subject TEXT,
    status  INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    digest  TEXT,
    state_before TEXT,
    state_after  TEXT
) WITHOUT ROWID;

CREATE TABLE audit_heads (
    org         TEXT    NOT NULL PRIMARY KEY,
    seq         INTEGER NOT NULL,
    hash        TEXT    NOT NULL,
    pruned_to   INTEGER NOT NULL,
    pruned_hash TEXT    NOT NULL
) WITHOUT ROWID;
