//! Commands.

use super::*;

fn returns() -> impl Strategy<Value = Option<Vec<SearchReturn<'static>>>> {
    let one = prop_oneof![
        Just(SearchReturn::Min),
        Just(SearchReturn::Max),
        Just(SearchReturn::All),
        Just(SearchReturn::Count),
        Just(SearchReturn::Save),
        Just(SearchReturn::Update),
        Just(SearchReturn::Context),
        Just(SearchReturn::Relevancy),
        page().prop_map(SearchReturn::Partial),
        named_raw().prop_map(|(name, raw)| SearchReturn::Other(name, raw)),
    ];
    prop::option::of(any_number(one))
}

pub fn key() -> BoxedStrategy<SearchKey<'static>> {
    let scope = prop::sample::select(vec![
        MetadataScope::Private,
        MetadataScope::Shared,
        MetadataScope::All,
    ]);
    let entry = Octets::try_from("/flags/\\seen").unwrap();
    let leaf = prop_oneof![
        Just(SearchKey::All),
        Just(SearchKey::New),
        Just(SearchKey::SaveDateSupported),
        octets().prop_map(SearchKey::Subject),
        octets().prop_map(SearchKey::GmRaw),
        (octets(), octets()).prop_map(|(name, value)| SearchKey::Header(name, value)),
        octets().prop_map(SearchKey::Body),
        day().prop_map(SearchKey::SentSince),
        day().prop_map(SearchKey::Before),
        day().prop_map(SearchKey::SavedOn),
        any::<u64>().prop_map(SearchKey::Larger),
        any::<u64>().prop_map(SearchKey::GmThrId),
        (1u32..).prop_map(SearchKey::Younger),
        object_id().prop_map(SearchKey::EmailId),
        set().prop_map(SearchKey::Uid),
        set().prop_map(SearchKey::Sequence),
        flag().prop_map(SearchKey::Flag),
        flag().prop_map(SearchKey::NotFlag),
        atom().prop_map(SearchKey::Filter),
        atom().prop_map(|name| SearchKey::Other(name, Raw::default())),
        (prop::option::of(scope), any::<u64>()).prop_map(move |(scope, value)| SearchKey::ModSeq {
            entry: scope.map(|scope| (entry.clone(), scope)),
            value
        }),
        (octets(), octets(), prop::option::of(octets())).prop_map(|(entry, attribute, value)| {
            SearchKey::Annotation(Box::new(AnnotationKey { entry, attribute, value }))
        }),
    ];
    let key = leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(SearchKey::negated),
            inner.clone().prop_map(|key| SearchKey::Fuzzy(Box::new(key))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| one.or(other)),
            prop::collection::vec(inner, 2..4).prop_map(SearchKey::And),
        ]
    });
    // A keyword cannot be told from a flag with a backslash in SEARCH.
    key.prop_filter("flags of SEARCH are keywords or known", |key| {
        !format!("{key:?}").contains("\\\\Odd")
    })
    .boxed()
}

pub fn fetch_item() -> BoxedStrategy<FetchItem<'static>> {
    let partial = || {
        prop::option::of(
            (any::<u64>(), 1u64..).prop_map(|(offset, length)| Partial { offset, length }),
        )
    };
    prop_oneof![
        Just(FetchItem::Flags),
        Just(FetchItem::Envelope),
        Just(FetchItem::Body),
        Just(FetchItem::BodyStructure),
        Just(FetchItem::ModSeq),
        Just(FetchItem::EmailId),
        Just(FetchItem::ThreadId),
        Just(FetchItem::SaveDate),
        Just(FetchItem::GmLabels),
        any::<bool>().prop_map(|lazy| FetchItem::Preview { lazy }),
        atom().prop_map(FetchItem::Other),
        (section(), any::<bool>(), partial())
            .prop_map(|(section, peek, partial)| FetchItem::BodySection { section, peek, partial }),
        (any_number(1u32..), any::<bool>(), partial())
            .prop_map(|(part, peek, partial)| FetchItem::Binary { part, peek, partial }),
        any_number(1u32..).prop_map(FetchItem::BinarySize),
        (some(octets()), some(octets()))
            .prop_map(|(entries, attributes)| FetchItem::Annotation { entries, attributes }),
    ]
    .boxed()
}

fn message() -> impl Strategy<Value = AppendMessage<'static>> {
    let body = || binary().prop_map(BodyItem::Inline);
    let part =
        prop_oneof![body().prop_map(CatenatePart::Text), octets().prop_map(CatenatePart::Url),];
    let data = prop_oneof![
        body().prop_map(AppendData::Message),
        body().prop_map(AppendData::Utf8),
        some(part).prop_map(AppendData::Catenate),
    ];
    let extensions = any_number((atom(), raw()));
    (prop::option::of(flags()), prop::option::of(date_time()), extensions, data)
        .prop_map(|(flags, date, extensions, data)| AppendMessage { flags, date, extensions, data })
}

fn filter() -> BoxedStrategy<MailboxFilter<'static>> {
    prop_oneof![
        Just(MailboxFilter::Selected),
        Just(MailboxFilter::SelectedDelayed),
        Just(MailboxFilter::Inboxes),
        Just(MailboxFilter::Personal),
        Just(MailboxFilter::Subscribed),
        some(mailbox()).prop_map(MailboxFilter::Subtree),
        some(mailbox()).prop_map(MailboxFilter::SubtreeOne),
        some(mailbox()).prop_map(MailboxFilter::Mailboxes),
    ]
    .boxed()
}

fn notify() -> impl Strategy<Value = Notify<'static>> {
    let event = prop_oneof![
        any_number(fetch_item()).prop_map(NotifyEvent::MessageNew),
        Just(NotifyEvent::MessageExpunge),
        Just(NotifyEvent::FlagChange),
        Just(NotifyEvent::ServerMetadataChange),
        named_raw().prop_map(|(name, raw)| NotifyEvent::Other(name, raw)),
    ];
    let group = (filter(), any_number(event))
        .prop_map(|(mailboxes, events)| EventGroup { mailboxes, events });
    prop_oneof![
        Just(Notify::None),
        (any::<bool>(), some(group)).prop_map(|(status, groups)| Notify::Set { status, groups }),
    ]
}

fn list() -> impl Strategy<Value = ListQuery<'static>> {
    let selection = prop_oneof![
        Just(ListSelection::Subscribed),
        Just(ListSelection::RecursiveMatch),
        named_raw().prop_map(|(name, raw)| ListSelection::Other(name, raw)),
    ];
    let result = prop_oneof![
        Just(ListReturn::Children),
        Just(ListReturn::MyRights),
        some(status_item()).prop_map(ListReturn::Status),
        some(octets()).prop_map(ListReturn::Metadata),
        named_raw().prop_map(|(name, raw)| ListReturn::Other(name, raw)),
    ];
    (
        prop::option::of(any_number(selection)),
        octets(),
        some(octets()),
        prop::option::of(any_number(result)),
    )
        .prop_map(|(selection, reference, patterns, returns)| ListQuery {
            selection,
            reference,
            grouped: patterns.len() > 1,
            patterns,
            returns,
        })
}

fn select_option() -> impl Strategy<Value = SelectOption<'static>> {
    let ranges = || set().prop_filter("known UIDs are numbers", |set| !set.is_saved());
    let numbered = || {
        ranges().prop_map(|set| {
            let mut numbers = NumberSet::new();
            numbers.push(SetRange { start: Bound::Number(1), end: Bound::Number(1) });
            numbers + set
        })
    };
    let resync = (
        1u32..,
        any::<u64>(),
        prop::option::of(numbered()),
        prop::option::of((ranges(), ranges())),
    )
        .prop_map(|(uid_validity, mod_seq, known, pairs)| QResync {
            uid_validity,
            mod_seq,
            known,
            pairs,
        });
    prop_oneof![
        Just(SelectOption::CondStore),
        Just(SelectOption::Annotate),
        resync.prop_map(SelectOption::QResync),
        named_raw().prop_map(|(name, raw)| SelectOption::Other(name, raw)),
    ]
}

fn store() -> impl Strategy<Value = Command<'static>> {
    let modifier = prop_oneof![
        any::<u64>().prop_map(StoreModifier::UnchangedSince),
        named_raw().prop_map(|(name, raw)| StoreModifier::Other(name, raw)),
    ];
    let action =
        prop::sample::select(vec![StoreAction::Replace, StoreAction::Add, StoreAction::Remove]);
    let annotation =
        (octets(), some(entry())).prop_map(|(entry, attributes)| Annotation { entry, attributes });
    prop_oneof![
        (any::<bool>(), set(), any_number(modifier), action.clone(), any::<bool>(), flags())
            .prop_map(|(uid, set, modifiers, action, silent, flags)| Command::Store {
                uid,
                set,
                modifiers,
                action,
                silent,
                flags
            }),
        (any::<bool>(), set(), action, any::<bool>(), any_number(octets())).prop_map(
            |(uid, set, action, silent, labels)| Command::StoreLabels(StoreLabels {
                uid,
                set,
                action,
                silent,
                labels
            })
        ),
        (any::<bool>(), set(), some(annotation)).prop_map(|(uid, set, annotations)| {
            Command::StoreAnnotation(StoreAnnotation {
                uid,
                set,
                modifiers: Vec::new(),
                annotations,
            })
        }),
    ]
}

fn acl() -> impl Strategy<Value = Command<'static>> {
    let change = prop::sample::select(vec![AclChange::Replace, AclChange::Add, AclChange::Remove]);
    let rights = "[a-z]{0,8}".prop_map(|rights| Octets::new(rights.into_bytes()).unwrap());
    let command = prop_oneof![
        (mailbox(), octets(), change, rights).prop_map(|(mailbox, identifier, change, rights)| {
            AclCommand::Set { mailbox, identifier, change, rights }
        }),
        (mailbox(), octets())
            .prop_map(|(mailbox, identifier)| AclCommand::Delete { mailbox, identifier }),
        (mailbox(), octets())
            .prop_map(|(mailbox, identifier)| AclCommand::ListRights { mailbox, identifier }),
        mailbox().prop_map(AclCommand::Get),
        mailbox().prop_map(AclCommand::MyRights),
    ];
    command.prop_map(Command::Acl)
}

fn convert_item() -> impl Strategy<Value = ConvertItem<'static>> {
    let part = || any_number(1u32..);
    prop_oneof![
        part().prop_map(ConvertItem::BodyPartStructure),
        part().prop_map(ConvertItem::AvailableConversions),
        fetch_item().prop_map(ConvertItem::Fetch),
    ]
}

fn rare() -> BoxedStrategy<Command<'static>> {
    let push = (octets(), octets(), any_number(octets())).prop_map(|(name, one, several)| {
        let value = PushValue::Several(several);
        vec![
            PushField { name: name.clone(), value },
            PushField { name, value: PushValue::One(one) },
        ]
    });
    let metadata_option = prop_oneof![
        any::<u64>().prop_map(MetadataOption::MaxSize),
        Just(MetadataOption::Depth(MetadataDepth::All)),
        named_raw().prop_map(|(name, raw)| MetadataOption::Other(name, raw)),
    ];
    prop_oneof![
        acl(),
        octets().prop_map(|root| Command::Quota(QuotaCommand::Get(root))),
        mailbox().prop_map(|mailbox| Command::Quota(QuotaCommand::GetRoot(mailbox))),
        (octets(), any_number((atom(), any::<u64>())))
            .prop_map(|(root, limits)| Command::Quota(QuotaCommand::Set { root, limits })),
        (some(metadata_option), mailbox(), some(octets())).prop_map(
            |(options, mailbox, entries)| {
                Command::GetMetadata(GetMetadata { options, mailbox, entries })
            }
        ),
        (mailbox(), some(entry()))
            .prop_map(|(mailbox, entries)| Command::SetMetadata { mailbox, entries }),
        (octets(), some(octets()), some(octets())).prop_map(|(mailbox, entries, attributes)| {
            Command::GetAnnotation(GetAnnotation { mailbox, entries, attributes })
        }),
        some((octets(), atom())).prop_map(|urls| Command::UrlAuth(UrlAuthCommand::Generate(urls))),
        prop::option::of((mailbox(), any_number(atom())))
            .prop_map(|of| Command::UrlAuth(UrlAuthCommand::ResetKey(of))),
        some((octets(), prop::option::of(some(atom())))).prop_map(|urls| {
            let urls = urls.into_iter().map(|(url, items)| UrlFetch { url, items });
            Command::UrlAuth(UrlAuthCommand::Fetch(urls.collect()))
        }),
        push.prop_map(Command::ApplePush),
        (octets(), octets()).prop_map(|(from, to)| Command::Conversions { from, to }),
        some(octets()).prop_map(Command::CancelUpdate),
        (1u32.., prop::option::of((1u32.., 1u32..)))
            .prop_map(|(size, range)| Command::UidBatches { size, range }),
        notify().prop_map(Command::Notify),
        any_number(octets()).prop_map(Command::Language),
        any_number(octets()).prop_map(Command::Comparator),
        atom().prop_map(Command::Compress),
        (
            any::<bool>(),
            set(),
            prop::option::of(octets()),
            any_number((octets(), octets())),
            some(convert_item()),
        )
            .prop_map(|(uid, set, target, parameters, items)| {
                Command::Convert(Box::new(Convert { uid, set, target, parameters, items }))
            }),
        (any_number(filter()), prop::option::of(raw()), returns(), key()).prop_map(
            |(sources, _, returns, key)| Command::MultiSearch(Box::new(MultiSearch {
                uid: false,
                sources,
                scope: None,
                returns,
                charset: None,
                key
            }))
        ),
        (atom(), raw()).prop_map(|(name, rest)| Command::Other { name, rest }),
    ]
    .boxed()
}

pub fn command() -> BoxedStrategy<Command<'static>> {
    let uid = any::<bool>;
    let modifier = prop_oneof![
        any::<u64>().prop_map(FetchModifier::ChangedSince),
        Just(FetchModifier::Vanished),
        page().prop_map(FetchModifier::Partial),
        named_raw().prop_map(|(name, raw)| FetchModifier::Other(name, raw)),
    ];
    let create = prop_oneof![
        any_number(attribute()).prop_map(CreateOption::Use),
        named_raw().prop_map(|(name, raw)| CreateOption::Other(name, raw)),
    ];
    let charset = || prop::option::of(Just(Octets::try_from("UTF-8").unwrap()));
    let by = prop_oneof![
        Just(SortKey::Arrival),
        Just(SortKey::DisplayTo),
        (octets(), octets()).prop_map(|(entry, attribute)| SortKey::Annotation(entry, attribute)),
        atom().prop_map(SortKey::Other),
    ];
    let criterion = (uid(), by).prop_map(|(reverse, by)| SortCriterion { reverse, by });
    prop_oneof![
        4 => rare(),
        1 => prop::sample::select(vec![
            Command::Capability, Command::Noop, Command::Logout, Command::StartTls,
            Command::Namespace, Command::Idle, Command::Check, Command::Close, Command::Unselect,
            Command::Unauthenticate, Command::GetJmapAccess, Command::Expunge { uids: None },
        ]),
        1 => id().prop_map(Command::Id),
        1 => some(atom()).prop_map(Command::Enable),
        1 => (mailbox(), any_number(select_option())).prop_map(|(m, o)| Command::Select(m, o)),
        1 => (mailbox(), any_number(create)).prop_map(|(m, o)| Command::Create(m, o)),
        1 => (mailbox(), mailbox()).prop_map(|(from, to)| Command::Rename { from, to }),
        1 => list().prop_map(Command::List),
        1 => (octets(), octets()).prop_map(|(reference, pattern)| Command::Lsub { reference, pattern }),
        1 => (mailbox(), some(status_item())).prop_map(|(mailbox, items)| Command::Status { mailbox, items }),
        1 => (mailbox(), some(message())).prop_map(|(mailbox, messages)| Command::Append { mailbox, messages }),
        1 => (uid(), 1u32.., mailbox(), message()).prop_map(|(uid, n, mailbox, message)| {
            Command::Replace { uid, number: Bound::Number(n), mailbox, message: Box::new(message) }
        }),
        1 => set().prop_map(|uids| Command::Expunge { uids: Some(uids) }),
        2 => (uid(), returns(), charset(), key()).prop_map(|(uid, returns, charset, key)| {
            Command::Search { uid, returns, charset, key }
        }),
        1 => (uid(), returns(), some(criterion), octets(), key()).prop_map(
            |(uid, returns, criteria, charset, key)| {
                Command::Sort(Box::new(Sort { uid, returns, criteria, charset, key }))
            }
        ),
        1 => (uid(), atom(), octets(), key()).prop_map(|(uid, algorithm, charset, key)| {
            Command::Thread(Box::new(Thread { uid, algorithm, charset, key }))
        }),
        2 => (uid(), set(), some(fetch_item()), any_number(modifier)).prop_map(
            |(uid, set, items, modifiers)| Command::Fetch { uid, set, items, modifiers }
        ),
        2 => store(),
        1 => (uid(), set(), mailbox()).prop_map(|(uid, set, mailbox)| Command::Move { uid, set, mailbox }),
    ]
    .boxed()
}
