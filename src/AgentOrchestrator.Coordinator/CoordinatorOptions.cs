namespace AgentOrchestrator.Coordinator;

/// <summary>Every bound and interval of the engine, in one place.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>The org of everything until there are several.</summary>
    public const string DefaultOrg = "default";

    /// <summary>How long a runner that renews may stay silent before its runs are lost.</summary>
    /// <value>30 seconds; our runner renews every 10.</value>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often runners without leases are told to send a heartbeat. Their lease is 2.5 times that.</summary>
    /// <value>60 seconds, <c>HEARTBEAT_INTERVAL</c>.</value>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often runners with leases renew.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a claim may stay unstarted by a runner that acknowledges claims.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan ClaimAck { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a poll is held open when there is nothing to do.</summary>
    /// <value>30 seconds, <c>POLL_TIMEOUT</c>.</value>
    public TimeSpan PollTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a held poll looks by itself, should its wake-up be lost.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan PollRescan { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most registered runners of one org. Those that are gone count until they are forgotten.</summary>
    public int MaxRunners { get; init; } = 10_000;

    /// <summary>How many polls of one runner are held at once; one more, and the oldest is answered that there is nothing.</summary>
    /// <value>16: our runner holds one. What a broken line leaves behind does not add up.</value>
    public int MaxPollsPerRunner { get; init; } = 16;

    /// <summary>How long a run with demands waits for a runner that fits.</summary>
    /// <value>5 minutes, <c>RUN_NO_MATCH_TIMEOUT</c> in seconds.</value>
    public TimeSpan NoMatchTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How often expired leases and unmatched runs are looked for.</summary>
    /// <value>2 seconds.</value>
    public TimeSpan ReapInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence, without a held poll, after which a registration may take over a runner's identity.</summary>
    /// <value>15 seconds: a restart after a crash must not be kept waiting.</value>
    public TimeSpan RunnerFresh { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which a runner is shown as stale.</summary>
    /// <value>120 seconds.</value>
    public TimeSpan RunnerStale { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Silence after which a runner without live runs is forgotten.</summary>
    /// <value>600 seconds.</value>
    public TimeSpan RunnerRemoved { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>What to do at start with runs that were live: <c>stale</c>, <c>all</c> or <c>none</c>.</summary>
    public Runs.RecoveryMode Recovery { get; init; } = Runs.RecoveryMode.Stale;

    /// <summary>The longest prompt, in characters.</summary>
    public int MaxPromptLength { get; init; } = 500_000;

    /// <summary>The most events in one post, and in one page of a log.</summary>
    public int MaxEventsPerPage { get; init; } = 1_000;

    /// <summary>The most callbacks that one resume delivers; the rest follow in the next.</summary>
    public int MaxCallbacksPerRun { get; init; } = 50;

    /// <summary>The most runs that may queue behind one session.</summary>
    public int MaxQueuedPerSession { get; init; } = 1_000;

    /// <summary>How many generations of sessions may stand below a session that has no parent.</summary>
    /// <value>5, <c>TREE_MAX_DEPTH</c>; 0 = no limit. The limits of a tree bound agents that start agents.</value>
    public int MaxTreeDepth { get; init; } = 5;

    /// <summary>How many children of one session may work or be queued at once.</summary>
    /// <value>20, <c>TREE_MAX_LIVE_CHILDREN</c>; 0 = no limit.</value>
    public int MaxLiveChildren { get; init; } = 20;

    /// <summary>How many sessions, ended ones included, may descend from one that has no parent.</summary>
    /// <value>200, <c>TREE_MAX_DESCENDANTS</c>; 0 = no limit.</value>
    public int MaxTreeDescendants { get; init; } = 200;

    /// <summary>US dollars that the runs of one tree may have cost before it starts nothing more below its root.</summary>
    /// <value>0, <c>TREE_MAX_COST_USD</c>: no limit. Runs without a known cost count as nothing.</value>
    public decimal MaxTreeCostUsd { get; init; }

    /// <summary>Tokens, in and out and from caches, that the runs of one tree may have used before it starts nothing more below its root.</summary>
    /// <value>0, <c>TREE_MAX_TOKENS</c>: no limit.</value>
    public long MaxTreeTokens { get; init; }

    /// <summary>What a tree has used must be added up before it grows.</summary>
    public bool HasTreeBudget => MaxTreeCostUsd > 0 || MaxTreeTokens > 0;

    /// <summary>How many reports of ended children, which call their parents back, one node writes at once; further ones wait their turn.</summary>
    /// <value>16: children that end by the thousand leave the database to others as well.</value>
    public int MaxCallbacksAtOnce { get; init; } = 16;

    /// <summary>The highest priority of a run; the lowest is its negative.</summary>
    public int MaxPriority { get; init; } = 100;

    /// <summary>What a point of priority is worth: it goes ahead of what was queued so much earlier.</summary>
    /// <value>1 hour. So a waiting run gains a point each hour, and nothing waits for ever.</value>
    public TimeSpan PriorityWorth { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What a turn is worth: the second waiting run of a tree counts as queued so much later than the first.</summary>
    /// <value>24 hours: whatever came on the same day is served in turns.</value>
    public TimeSpan TurnWorth { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How many runs may be live at once, of all orgs.</summary>
    /// <value>Null for any number; <c>RUN_MAX_LIVE</c>, where 0 means null.</value>
    public int? MaxLiveRuns { get; init; }

    /// <summary>How many runs of one org may be live at once.</summary>
    /// <value>Null for any number; <c>RUN_MAX_LIVE_PER_ORG</c>, where 0 means null.</value>
    public int? MaxLiveRunsPerOrg { get; init; }

    /// <summary>How long a run may work when neither it nor its agent says.</summary>
    /// <value>Null for ever; <c>RUN_TIMEOUT</c> in seconds, where 0 means null.</value>
    public TimeSpan? RunTimeout { get; init; }

    /// <summary>The longest time-out and queue time-out that can be asked for.</summary>
    /// <value>7 days.</value>
    public TimeSpan MaxRunTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How far in the future a run may be asked to begin.</summary>
    /// <value>366 days.</value>
    public TimeSpan MaxRunDelay { get; init; } = TimeSpan.FromDays(366);

    /// <summary>The highest <c>max_attempts</c> of an agent's retry policy.</summary>
    public int MaxRunAttempts { get; init; } = 10;

    /// <summary>How often a run may go back to the queue because its claim was not started; one time more ends it as <c>unstarted</c>.</summary>
    /// <value>10: a run that brings down every runner that takes it must not stand before the others for ever.</value>
    public int MaxUnstartedClaims { get; init; } = 10;

    /// <summary>How many runs of an agent may fail, each begun after the one before had failed, until its queued runs wait for a person.</summary>
    /// <value>5, <c>AGENT_MAX_FAILURES</c>; 0 = any number.</value>
    public int MaxAgentFailures { get; init; } = 5;

    /// <summary>In which time an agent must fail so often.</summary>
    /// <value>1 hour, <c>AGENT_FAILURE_WINDOW</c> in seconds: what fails once a night is not paused.</value>
    public TimeSpan AgentFailureWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often what is due is looked for, should its alarm be lost. It rings at the instant itself.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan DueRescan { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a message in a room may go on from agent to agent.</summary>
    /// <value>8, <c>ROOM_MAX_HOPS</c>.</value>
    public int RoomMaxHops { get; init; } = 8;

    /// <summary>To how many agents one message in a room goes.</summary>
    /// <value>16, <c>ROOM_MAX_FANOUT</c>.</value>
    public int RoomMaxFanOut { get; init; } = 16;

    /// <summary>How many messages to agents may come of one person's message.</summary>
    /// <value>64, <c>ROOM_MAX_MESSAGES</c>.</value>
    public int RoomMaxMessages { get; init; } = 64;

    /// <summary>How often one agent may turn to the same other one because of one person's message.</summary>
    /// <value>3, <c>ROOM_MAX_REPEATS</c>: two agents that mention each other come to an end.</value>
    public int RoomMaxRepeats { get; init; } = 3;

    /// <summary>How often rooms are looked through for messages that were not routed, should a hint be lost.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan RoomScanInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most agents of one org.</summary>
    public int MaxAgents { get; init; } = 1_000;

    /// <summary>The largest file of an agent, in bytes.</summary>
    /// <value>1 MiB.</value>
    public int MaxAgentFileBytes { get; init; } = 1 << 20;

    /// <summary>The most skills of one org.</summary>
    public int MaxSkills { get; init; } = 1_000;

    /// <summary>The most steps of a skill.</summary>
    public int MaxSkillSteps { get; init; } = 50;

    /// <summary>The largest definition of a skill, in characters of JSON.</summary>
    /// <value>256 Ki.</value>
    public int MaxSkillLength { get; init; } = 256 << 10;

    /// <summary>How long a skill may take altogether.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan SkillTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether a first start, with no agent at all, begins with the demo agents.</summary>
    /// <value>True; <c>AGENT_ORCHESTRATOR_DEMO_AGENTS=false</c> switches them off.</value>
    public bool HasDemoAgents { get; init; } = true;

    /// <summary>How often the agents' folder is looked at, should the file system not tell of a change.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan AgentScanInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a log may rest before it is pruned; null for ever.</summary>
    /// <value>90 days, <c>RETENTION_DAYS</c>: what one looks up again is from this quarter.</value>
    public TimeSpan? RetentionAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The most entries that the log of a session at rest keeps; null for any number.</summary>
    /// <value>100,000, <c>RETENTION_EVENTS</c>: ten times the log of a long night's work.</value>
    public long? RetentionEvents { get; init; } = 100_000;

    /// <summary>What all sessions together may take of the disk, in bytes; null for no bound. On SQLite.</summary>
    /// <value>5 GiB, <c>RETENTION_DISK_MB</c>: a year of some hundred runs a week, and little of a laptop's disk.</value>
    public long? RetentionBytes { get; init; } = 5L << 30;

    /// <summary>How long nothing may have been written to a log before anything of it is pruned, whatever the other bounds say.</summary>
    /// <value>1 hour.</value>
    public TimeSpan RetentionRest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often logs are looked at that may be pruned.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most entries that one transaction prunes, so that who writes is not held up.</summary>
    public int RetentionBatch { get; init; } = 500;

    /// <summary>Free pages that the database file keeps for what is written next; the rest goes back to the file system.</summary>
    /// <value>2,048 pages, 8 MiB.</value>
    public int RetentionFreePages { get; init; } = 2_048;

    /// <summary>Length of the database's write-ahead log, in bytes, above which the server's log warns.</summary>
    /// <value>256 MiB.</value>
    public long RetentionLogAlarm { get; init; } = 256L << 20;

    /// <summary>The largest exported session that is imported, in bytes.</summary>
    /// <value>1 GiB.</value>
    public long MaxImportBytes { get; init; } = 1L << 30;

    /// <summary>The longest line of an exported session, in bytes.</summary>
    /// <value>16 MiB.</value>
    public int MaxImportLineBytes { get; init; } = 16 << 20;

    /// <summary>The most runs of an exported session.</summary>
    public int MaxImportedRuns { get; init; } = 10_000;

    /// <summary>Prices by the name of the model, for runs whose executor tells tokens and no cost.</summary>
    /// <value>Empty; the JSON file that <c>MODEL_PRICES</c> names.</value>
    public IReadOnlyDictionary<string, Runs.ModelPrice> Prices { get; init; } = new Dictionary<string, Runs.ModelPrice>();

    /// <summary>Space that a backup leaves free on the disk of the data folder, beside its copy of the database.</summary>
    /// <value>64 MiB.</value>
    public long BackupFreeBytes { get; init; } = 64L << 20;

    /// <summary>Space that the data folder of SQLite holds for the time when its disk is full, in bytes: with it runs can be ended.</summary>
    /// <value>16 MiB: some ten thousand events.</value>
    public long DiskReserve { get; init; } = 16L << 20;

    /// <summary>The most entries of the audit that an org keeps; the oldest go.</summary>
    /// <value>1,000,000, <c>AUDIT_ENTRIES</c>: some 250 MB.</value>
    public long AuditEntries { get; init; } = 1_000_000;

    /// <summary>How long refusals are added up before they become entries.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How old an act without an entry must be before another server on the same database makes one of it.</summary>
    /// <value>5 minutes.</value>
    public TimeSpan AuditSettleAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it is known which tools were called; null for ever.</summary>
    /// <value>30 days, <c>TOOL_CALL_DAYS</c>, where 0 means null.</value>
    public TimeSpan? ToolCallAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often calls of tools are looked at that may be forgotten.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan ToolCallRetentionInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest text of a memory, and of all its metadata together, in characters.</summary>
    /// <value>65,536.</value>
    public int MaxMemoryLength { get; init; } = 65_536;

    /// <summary>How many memories one scope keeps: one agent, user, session, what they name together, or the org.</summary>
    /// <value>10,000, <c>MEMORY_PER_SCOPE</c>.</value>
    public int MaxMemoriesPerScope { get; init; } = 10_000;

    /// <summary>How long a memory is kept that was not written again; null for ever.</summary>
    /// <value>Null; <c>MEMORY_DAYS</c>, where 0 means null.</value>
    public TimeSpan? MemoryAge { get; init; }

    /// <summary>How often memories are looked at that may be forgotten.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan MemoryRetentionInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most results of a search.</summary>
    public int MaxMemoryResults { get; init; } = 100;

    /// <summary>The words of a query that are looked for; further ones are not.</summary>
    public int MaxMemoryQueryWords { get; init; } = 64;

    /// <summary>The most memories that the database gives to be put in order, by words and by vectors each.</summary>
    public int MemoryCandidates { get; init; } = 200;

    /// <summary>The newest memories of a search's scopes whose vectors are compared; the others are found by their words.</summary>
    /// <value>5,000: 30 MB of vectors with 1,536 dimensions.</value>
    public int MaxVectorsCompared { get; init; } = 5_000;

    /// <summary>How much of a text its vector is made of, in characters.</summary>
    public int MaxEmbeddedLength { get; init; } = 8_000;

    /// <summary>How often memories are looked at that have no vector yet.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan EmbeddingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a search waits for the vector of its query; then it goes by words alone.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan EmbeddingPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long searches go by words alone after the model did not answer.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan EmbeddingRest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest content of a document, in bytes.</summary>
    /// <value>1 GiB, <c>DOCUMENT_MAX_MB</c>.</value>
    public long MaxDocumentBytes { get; init; } = 1L << 30;

    /// <summary>What all contents of an org's documents may take, in bytes, old versions included.</summary>
    /// <value>50 GiB, <c>DOCUMENT_QUOTA_MB</c>.</value>
    public long DocumentQuota { get; init; } = 50L << 30;

    /// <summary>How many versions of a document's content are kept, the present one included.</summary>
    /// <value>20, <c>DOCUMENT_VERSIONS</c>.</value>
    public int MaxDocumentVersions { get; init; } = 20;

    /// <summary>The longest text of a document that is edited in part, in bytes: it is held in memory meanwhile.</summary>
    /// <value>32 MiB.</value>
    public int MaxEditedBytes { get; init; } = 32 << 20;

    /// <summary>The longest texts whose difference is told, in bytes each.</summary>
    /// <value>1 MiB.</value>
    public int MaxComparedBytes { get; init; } = 1 << 20;

    /// <summary>How often documents are looked at that were written and cannot be found yet.</summary>
    /// <value>2 seconds.</value>
    public TimeSpan DocumentIndexInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest text that can be found by its words, in bytes.</summary>
    /// <value>16 MiB.</value>
    public int MaxIndexedBytes { get; init; } = 16 << 20;

    /// <summary>The most passages that the database gives to be put in order.</summary>
    public int MaxPassagesRanked { get; init; } = 200;

    /// <summary>The most members of a document's metadata.</summary>
    public int MaxDocumentMetadata { get; init; } = 100;

    /// <summary>The characters of all values of a document's metadata.</summary>
    /// <value>65,536.</value>
    public int MaxDocumentMetadataLength { get; init; } = 65_536;

    /// <summary>How long nothing may have been written to content of no document before it is removed. On PostgreSQL; on SQLite it goes at the next start.</summary>
    /// <value>1 hour.</value>
    public TimeSpan DocumentOrphanAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often such contents are looked for.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan DocumentSweepInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Frames that a live reader may fall behind before it is cut off with a resumable close.</summary>
    public int FeedQueue { get; init; } = 1_024;

    /// <summary>How long a frame may take to reach a live reader.</summary>
    public TimeSpan FeedSendTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a silent feed says that it is alive.</summary>
    public TimeSpan FeedHeartbeat { get; init; } = TimeSpan.FromSeconds(15);
}
