-- Ids and names compare byte by byte, as on SQLite, whatever the locale of the database.

CREATE TABLE sessions (
    org                 text COLLATE "C" NOT NULL,
    session_id          text COLLATE "C" NOT NULL,
    name                text COLLATE "C" NOT NULL,
    status              text NOT NULL CHECK (status IN ('pending', 'running', 'stopping', 'stopped', 'idle', 'finished', 'failed')),
    created_at          timestamptz NOT NULL,
    project_dir         text,
    agent_name          text,
    last_resumed_at     timestamptz,
    parent_session_id   text COLLATE "C",
    execution_mode      text NOT NULL CHECK (execution_mode IN ('sync', 'async_poll', 'async_callback')),
    on_parent_end       text NOT NULL DEFAULT 'stop' CHECK (on_parent_end IN ('stop', 'detach')),
    executor_session_id text COLLATE "C",
    executor_type       text,
    hostname            text,
    waiting_reason      text,
    when_busy           text NOT NULL DEFAULT 'enqueue' CHECK (when_busy IN ('enqueue', 'interrupt', 'reject')),
    -- The newest event's sequence; only the statement that inserts events moves it.
    last_seq            bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    -- The run_start event of the latest run: a result is looked for above it.
    run_start_seq       bigint NOT NULL DEFAULT 0,
    -- Up to here the log was pruned: a sequence that is missing below is a gap, one that is missing above is a loss.
    pruned_to           bigint NOT NULL DEFAULT 0,
    changed_at          timestamptz NOT NULL,
    kind                text CHECK (kind = 'room'),
    PRIMARY KEY (org, session_id)
);
CREATE UNIQUE INDEX sessions_name ON sessions (org, lower(name));
CREATE INDEX sessions_created ON sessions (org, created_at DESC, session_id DESC);
CREATE INDEX sessions_parent ON sessions (org, parent_session_id) WHERE parent_session_id IS NOT NULL;
CREATE INDEX sessions_executor ON sessions (org, executor_session_id) WHERE executor_session_id IS NOT NULL;

-- Of each session of kind 'room'.
CREATE TABLE rooms (
    org          text COLLATE "C" NOT NULL,
    room_id      text COLLATE "C" NOT NULL,
    -- Every entry of its log up to here has gone where it had to.
    routed_seq   bigint NOT NULL DEFAULT 0,
    epoch        integer NOT NULL DEFAULT 0,
    locked_agent text,
    PRIMARY KEY (org, room_id)
);

-- Messages that became runs of agents in a room.
CREATE TABLE room_routes (
    org      text COLLATE "C" NOT NULL,
    run_id   text COLLATE "C" NOT NULL,
    room_id  text COLLATE "C" NOT NULL,
    seq      bigint NOT NULL,
    -- The person's message that it comes from.
    root_seq bigint NOT NULL,
    hop      integer NOT NULL CHECK (hop > 0),
    sender   text,
    agent    text NOT NULL,
    PRIMARY KEY (org, run_id)
);
CREATE INDEX room_routes_root ON room_routes (org, room_id, root_seq);
CREATE INDEX room_routes_seq ON room_routes (org, room_id, seq);

-- No foreign key: the statement that inserts holds the session's row, and a check per event would buy nothing.
CREATE TABLE events (
    org         text COLLATE "C" NOT NULL,
    session_id  text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    type        text NOT NULL,
    timestamp   text NOT NULL,
    recorded_at timestamptz NOT NULL,
    run_id      text COLLATE "C",
    actor       text,
    is_result   boolean NOT NULL,
    -- CRC-32C of type, timestamp, run, actor and body, with sequence and instant mixed in.
    checksum    bigint NOT NULL,
    -- JSON as text: jsonb refuses \u0000 and halves of surrogate pairs. Null where a blob holds it.
    body        text,
    blob        text COLLATE "C",
    PRIMARY KEY (org, session_id, seq),
    CHECK ((body IS NULL) <> (blob IS NULL))
);
CREATE INDEX events_result ON events (org, session_id, seq) WHERE is_result;

-- Large bodies by their SHA-256. They belong to one session, so that its row's lock guards insert and delete.
CREATE TABLE blobs (
    org        text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    sha256     text COLLATE "C" NOT NULL,
    body       text NOT NULL,
    PRIMARY KEY (org, session_id, sha256)
);

CREATE TABLE runs (
    org               text COLLATE "C" NOT NULL,
    run_id            text COLLATE "C" NOT NULL,
    -- Taken under the session's row lock, so it rises with the queue of a session. Between sessions it is only fair.
    place             bigint GENERATED ALWAYS AS IDENTITY,
    type              text NOT NULL CHECK (type IN ('start_session', 'resume_session')),
    session_id        text COLLATE "C" NOT NULL,
    agent_name        text,
    agent_revision    bigint,
    executor          text,
    prompt            text NOT NULL,
    project_dir       text,
    parent_session_id text COLLATE "C",
    execution_mode    text NOT NULL CHECK (execution_mode IN ('sync', 'async_poll', 'async_callback')),
    demand_hostname   text,
    demand_project_dir text,
    demand_executor_type text,
    demand_tags       text[] NOT NULL DEFAULT '{}',
    -- The parent's run waits for its end.
    holds_parent      boolean NOT NULL DEFAULT false,
    status            text NOT NULL CHECK (status IN ('pending', 'claimed', 'running', 'waiting', 'stopping', 'completed', 'failed', 'stopped')),
    waiting_reason    text,
    runner_id         text COLLATE "C",
    fence             bigint NOT NULL DEFAULT 0,
    attempt           integer NOT NULL DEFAULT 0,
    -- Null on a live run: its lease was taken away, and the reaper ends it.
    lease_until       timestamptz,
    renewed_at        timestamptz,
    token_hash        text COLLATE "C",
    next_ordinal      bigint NOT NULL DEFAULT 1,
    stop_told_at      timestamptz,
    error             text,
    reason            text,
    exit_code         integer,
    result_text       text,
    result_data       text,
    usage             text,
    -- Of the report that ended it; null when no report did.
    end_digest        text COLLATE "C",
    -- Of the other ends that were reported after it, each once.
    late_digests      text COLLATE "C",
    created_at        timestamptz NOT NULL,
    claimed_at        timestamptz,
    started_at        timestamptz,
    completed_at      timestamptz,
    timeout_at        timestamptz,
    priority          integer NOT NULL DEFAULT 0,
    -- The root session of its tree; null for the first run of a session without a parent, behind which no other of its tree can stand.
    tree              text COLLATE "C",
    turn              bigint NOT NULL DEFAULT 0,
    -- The order of the queue, in microseconds, the lowest first; null for a run that waits for its not_before.
    rank              bigint,
    -- The order within its session, before place: below 0 for messages that interrupt.
    position          bigint NOT NULL DEFAULT 0,
    agent_cap         integer,
    timeout_seconds   integer,
    deadline_at       timestamptz,
    not_before        timestamptz,
    expires_at        timestamptz,
    -- When the clock must look at it next.
    due_at            timestamptz,
    stop_reason       text,
    -- W3C trace context of the request that queued it.
    trace_parent      text,
    use_memory        boolean,
    -- The agent's retry policy as pinned; null for none.
    retry             text,
    -- The first of the runs that it does again.
    retry_of          text COLLATE "C",
    retry_number      integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org, run_id),
    FOREIGN KEY (org, session_id) REFERENCES sessions (org, session_id),
    CHECK (runner_id IS NOT NULL OR status NOT IN ('claimed', 'running', 'waiting', 'stopping')),
    CHECK ((completed_at IS NULL) = (status NOT IN ('completed', 'failed', 'stopped')))
);
CREATE UNIQUE INDEX runs_one_live ON runs (org, session_id) WHERE status IN ('claimed', 'running', 'waiting', 'stopping');
CREATE INDEX runs_queue ON runs (org, rank, place) WHERE status = 'pending' AND rank IS NOT NULL;
CREATE INDEX runs_queue_of_session ON runs (org, session_id, position, place) WHERE status = 'pending';
-- These four have no entry of an ordinary first run.
CREATE INDEX runs_of_tree ON runs (org, tree, turn) WHERE status = 'pending' AND rank IS NOT NULL AND tree IS NOT NULL;
CREATE INDEX runs_capped ON runs (org, agent_name)
    WHERE status IN ('claimed', 'running', 'waiting', 'stopping') AND agent_cap IS NOT NULL;
CREATE INDEX runs_waiting_for_cap ON runs (org, agent_name, rank, place) WHERE status = 'pending' AND rank IS NOT NULL AND agent_cap IS NOT NULL;
CREATE INDEX runs_due ON runs (due_at) WHERE completed_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX runs_unmatched ON runs (timeout_at) WHERE status = 'pending' AND timeout_at IS NOT NULL;
CREATE INDEX runs_session ON runs (org, session_id, place);
CREATE INDEX runs_by_place ON runs (org, place);
CREATE INDEX runs_runner ON runs (org, runner_id) WHERE status IN ('claimed', 'running', 'waiting', 'stopping');
-- What holds up a parent.
CREATE INDEX runs_awaited ON runs (org, parent_session_id)
    WHERE holds_parent AND status IN ('pending', 'claimed', 'running', 'waiting', 'stopping');
CREATE UNIQUE INDEX runs_token ON runs (token_hash) WHERE token_hash IS NOT NULL;

-- The round that is being served: the highest turn that was claimed.
CREATE TABLE queues (
    org  text COLLATE "C" NOT NULL PRIMARY KEY,
    turn bigint NOT NULL
);

-- Jumps of the clock that have been dealt with, of the last day.
CREATE TABLE clock_jumps (
    at       timestamptz NOT NULL PRIMARY KEY,
    moved_by interval    NOT NULL
);

CREATE TABLE runners (
    org                 text COLLATE "C" NOT NULL,
    runner_id           text COLLATE "C" NOT NULL,
    hostname            text,
    project_dir         text,
    executor_type       text,
    executors           text[] NOT NULL,
    tags                text[] NOT NULL,
    instance_id         text,
    -- The id of the principal whose token registered it.
    registered_by       text COLLATE "C",
    -- What it declared: leases, claim_ack.
    keeps_leases        boolean NOT NULL,
    acknowledges_claims boolean NOT NULL,
    lease               interval NOT NULL CHECK (lease > '0'),
    max_concurrent      integer CHECK (max_concurrent > 0),
    registered_at       timestamptz NOT NULL,
    last_heartbeat_at   timestamptz NOT NULL,
    is_leaving          boolean NOT NULL DEFAULT false,
    -- Claims that ran out unstarted; what it asked before the last of them, it may never hear the answer to.
    lapsed_claims       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org, runner_id)
);

-- The end of a child's run on its way to the parent. At most one per run, ever.
CREATE TABLE callbacks (
    org               text COLLATE "C" NOT NULL,
    callback_id       text COLLATE "C" NOT NULL,
    child_run_id      text COLLATE "C" NOT NULL,
    place             bigint GENERATED ALWAYS AS IDENTITY,
    child_session_id  text COLLATE "C" NOT NULL,
    child_name        text NOT NULL,
    parent_session_id text COLLATE "C" NOT NULL,
    has_failed        boolean NOT NULL,
    text              text,
    created_at        timestamptz NOT NULL,
    delivered_run_id  text COLLATE "C",
    PRIMARY KEY (org, child_run_id)
);
CREATE INDEX callbacks_waiting ON callbacks (org, parent_session_id, place) WHERE delivered_run_id IS NULL;

CREATE TABLE agents (
    org        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL,
    deleted_at timestamptz,
    -- Its newest revision's failures one after the other, since when, and the last of them.
    failures       bigint NOT NULL DEFAULT 0,
    failing_since  timestamptz,
    failed_at      timestamptz,
    failed_run_id  text COLLATE "C",
    -- Its queued runs wait until a person lets them go.
    quarantined_at timestamptz,
    PRIMARY KEY (org, name)
);
CREATE UNIQUE INDEX agents_name ON agents (org, lower(name));
-- Nearly always empty: it is asked at each claim.
CREATE INDEX agents_quarantined ON agents (org, lower(name)) WHERE quarantined_at IS NOT NULL;

CREATE TABLE agent_revisions (
    org        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0),
    digest     text NOT NULL,
    definition text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org, name, revision),
    FOREIGN KEY (org, name) REFERENCES agents (org, name)
);

CREATE TABLE skills (
    org        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (org, name)
);
CREATE UNIQUE INDEX skills_name ON skills (org, lower(name));

CREATE TABLE skill_versions (
    org        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    version    bigint NOT NULL CHECK (version > 0),
    digest     text NOT NULL,
    definition text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org, name, version),
    FOREIGN KEY (org, name) REFERENCES skills (org, name)
);

-- Runs of skills that have ended, forgotten as calls of tools are.
CREATE TABLE skill_executions (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org          text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL,
    skill        text COLLATE "C" NOT NULL,
    agent        text COLLATE "C" NOT NULL,
    run_id       text COLLATE "C",
    session_id   text COLLATE "C",
    actor        text NOT NULL,
    started_at   timestamptz NOT NULL,
    body         text NOT NULL,
    noted_at     timestamptz NOT NULL
);
CREATE INDEX skill_executions_id ON skill_executions (org, execution_id);
CREATE INDEX skill_executions_skill ON skill_executions (org, lower(skill), seq);
CREATE INDEX skill_executions_noted ON skill_executions (noted_at);

CREATE TABLE tokens (
    org        text COLLATE "C" NOT NULL,
    token_id   text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    hash       text COLLATE "C" NOT NULL UNIQUE,
    role       text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (org, token_id)
);

CREATE TABLE idempotency (
    org          text COLLATE "C" NOT NULL,
    principal    text NOT NULL,
    key          text NOT NULL,
    request_hash text NOT NULL,
    -- What the request brought about, as JSON; set before the transaction commits.
    outcome      text,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (org, principal, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE memories (
    place        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org          text COLLATE "C" NOT NULL,
    memory_id    text COLLATE "C" NOT NULL,
    -- Stands for org, agent, user and session together.
    scope        text COLLATE "C" NOT NULL,
    agent_id     text COLLATE "C",
    user_id      text COLLATE "C",
    session_id   text COLLATE "C",
    collection   text COLLATE "C" NOT NULL,
    text         text NOT NULL,
    -- The words that it is found by, made by the program.
    words        tsvector NOT NULL,
    metadata     jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    -- Whose vector it is; null while it has none. The vector of a text that cannot have one is empty.
    vector_model text,
    vector       bytea,
    UNIQUE (org, memory_id)
);
CREATE INDEX memories_scope ON memories (scope, created_at DESC, memory_id DESC);
CREATE INDEX memories_created ON memories (org, created_at DESC, memory_id DESC);
CREATE INDEX memories_agent ON memories (org, lower(agent_id), created_at DESC, memory_id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX memories_user ON memories (org, user_id, created_at DESC, memory_id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX memories_session ON memories (org, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX memories_updated ON memories (updated_at);
CREATE INDEX memories_without_vector ON memories (place) WHERE vector_model IS NULL;
CREATE INDEX memories_words ON memories USING gin (words);

-- Documents that agents and people share.
CREATE TABLE documents (
    place        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org          text COLLATE "C" NOT NULL,
    document_id  text COLLATE "C" NOT NULL,
    filename     text NOT NULL,
    -- In lower case, as the program makes it: by it a part of the name is found.
    filename_key text COLLATE "C" NOT NULL,
    content_type text NOT NULL,
    metadata     jsonb NOT NULL,
    -- The newest; 0 while there is no content.
    version      integer NOT NULL,
    -- The version that its passages are of, and why there are none where there should be some.
    indexed_version integer NOT NULL,
    index_failure text,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (org, document_id)
);
CREATE INDEX documents_unindexed ON documents (updated_at) WHERE indexed_version <> version;
CREATE INDEX documents_unfound ON documents (org) WHERE index_failure IS NOT NULL;
CREATE INDEX documents_created ON documents (org, created_at DESC, document_id DESC);

-- Contents in pieces, so that every node reads them; written before a version names them, and swept where none does.
CREATE TABLE document_contents (
    content_id text COLLATE "C" PRIMARY KEY,
    -- When somebody wrote to it last.
    written_at timestamptz NOT NULL
);
CREATE INDEX document_contents_written ON document_contents (written_at);

CREATE TABLE document_pieces (
    content_id text COLLATE "C" NOT NULL REFERENCES document_contents ON DELETE CASCADE,
    number     bigint NOT NULL,
    bytes      bytea NOT NULL,
    PRIMARY KEY (content_id, number)
);
-- What is shared is often packed by its own format, and is to be read fast.
ALTER TABLE document_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE document_versions (
    document   bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    version    integer NOT NULL,
    content_id text COLLATE "C" NOT NULL REFERENCES document_contents,
    size_bytes bigint NOT NULL,
    checksum   text NOT NULL,
    -- UTF-8 without NUL.
    is_text    boolean NOT NULL,
    written_at timestamptz NOT NULL,
    written_by text NOT NULL,
    PRIMARY KEY (document, version)
);
CREATE INDEX document_versions_content ON document_versions (content_id);

CREATE TABLE document_tags (
    org      text COLLATE "C" NOT NULL,
    tag      text COLLATE "C" NOT NULL,
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    PRIMARY KEY (document, tag)
);
CREATE INDEX document_tags_tag ON document_tags (org, tag, document);

-- What documents are to each other, a row for each of two: the type says what the other one is.
CREATE TABLE document_relations (
    relation      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org           text COLLATE "C" NOT NULL,
    document      bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    related       bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    relation_type text COLLATE "C" NOT NULL,
    note          text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (document, related, relation_type)
);
CREATE INDEX document_relations_related ON document_relations (related);

-- Pieces of texts, and the words that they are found by, made by the program.
CREATE TABLE document_passages (
    place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org         text COLLATE "C" NOT NULL,
    document    bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    char_offset bigint NOT NULL,
    char_length integer NOT NULL,
    text        text NOT NULL,
    words       tsvector NOT NULL
);
CREATE INDEX document_passages_document ON document_passages (document);
CREATE INDEX document_passages_org ON document_passages (org);
CREATE INDEX document_passages_words ON document_passages USING gin (words);

-- Bytes of all contents of an org, old versions included.
CREATE TABLE document_usage (
    org   text COLLATE "C" PRIMARY KEY,
    bytes bigint NOT NULL CHECK (bytes >= 0)
);

-- Which tools were called, and nothing of what was said.
CREATE TABLE tool_calls (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org          text COLLATE "C" NOT NULL,
    agent        text COLLATE "C" NOT NULL,
    run_id       text COLLATE "C",
    session_id   text COLLATE "C",
    actor        text NOT NULL,
    server       text NOT NULL,
    tool         text NOT NULL,
    outcome      text NOT NULL,
    started_at   timestamptz NOT NULL,
    duration_ms  bigint NOT NULL,
    input_bytes  bigint NOT NULL,
    output_bytes bigint NOT NULL,
    noted_at     timestamptz NOT NULL
);
CREATE INDEX tool_calls_agent ON tool_calls (org, lower(agent), seq);
CREATE INDEX tool_calls_run ON tool_calls (org, run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX tool_calls_noted ON tool_calls (noted_at);

-- How tools described themselves when they were first seen, or accepted. The id stands for server and name.
CREATE TABLE tool_pins (
    org         text COLLATE "C" NOT NULL,
    pin_id      text COLLATE "C" NOT NULL,
    definition  text NOT NULL,
    pinned_at   timestamptz NOT NULL,
    accepted_by text,
    PRIMARY KEY (org, pin_id)
);

-- Acts in a chain of hashes, never changed; the head says where it ends, and its lock orders those who append.
CREATE TABLE audit (
    org     text COLLATE "C" NOT NULL,
    seq     bigint NOT NULL,
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    source  text NOT NULL,
    method  text NOT NULL,
    route   text NOT NULL,
    subject text,
    status  bigint NOT NULL,
    times   bigint NOT NULL,
    digest  text,
    -- Of the rows of what it was done to; null where there were none.
    state_before text,
    state_after  text,
    hash    text NOT NULL,
    PRIMARY KEY (org, seq)
);

-- Acts that took effect, written in the same transaction; they go when their entry is in the chain.
CREATE TABLE audit_acts (
    act_id  text COLLATE "C" NOT NULL PRIMARY KEY,
    org     text COLLATE "C" NOT NULL,
    -- The life of the server that served them.
    life    text COLLATE "C" NOT NULL,
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    source  text NOT NULL,
    method  text NOT NULL,
    route   text NOT NULL,
    subject text,
    status  bigint NOT NULL,
    times   bigint NOT NULL,
    digest  text,
    state_before text,
    state_after  text,
    kept_at timestamptz NOT NULL
);

CREATE TABLE audit_heads (
    org         text COLLATE "C" NOT NULL PRIMARY KEY,
    seq         bigint NOT NULL,
    hash        text NOT NULL,
    pruned_to   bigint NOT NULL,
    pruned_hash text NOT NULL
);
