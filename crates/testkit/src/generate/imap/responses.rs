//! Responses.

use super::*;
use mailwire_core::Text;

fn address() -> impl Strategy<Value = Address<'static>> {
    (nstring(), nstring(), nstring(), nstring()).prop_map(|(name, adl, mailbox, host)| Address {
        name,
        adl,
        mailbox,
        host,
    })
}

pub fn envelope() -> BoxedStrategy<Envelope<'static>> {
    let list = || any_number(address()).prop_map(Addresses::from);
    let lists = (list(), list(), list(), list(), list(), list());
    (nstring(), nstring(), lists, nstring(), nstring())
        .prop_map(
            |(date, subject, (from, sender, reply_to, to, cc, bcc), in_reply_to, message_id)| {
                Envelope {
                    date,
                    subject,
                    from,
                    sender,
                    reply_to,
                    to,
                    cc,
                    bcc,
                    in_reply_to,
                    message_id,
                }
            },
        )
        .boxed()
}

fn parameters() -> impl Strategy<Value = Parameters<'static>> {
    any_number((string(), string())).prop_map(Parameters::from)
}

fn disposition() -> impl Strategy<Value = Option<Disposition<'static>>> {
    prop::option::of(
        (string(), parameters()).prop_map(|(kind, parameters)| Disposition { kind, parameters }),
    )
}

type Extension = (
    Option<Disposition<'static>>,
    Few<Cow<'static, [u8]>, 1>,
    Option<Cow<'static, [u8]>>,
    Raw<'static>,
);

fn extension() -> impl Strategy<Value = Extension> {
    let language = any_number(string()).prop_map(Few::from);
    (disposition(), language, nstring(), prop_oneof![Just(Raw::default()), raw_told()])
}

/// A structure of BODYSTRUCTURE, with the fields that BODY leaves out.
pub fn structure() -> BoxedStrategy<BodyStructure<'static>> {
    let kinds = vec!["text", "image", "x-\u{e9}", "application"];
    let kind = prop::sample::select(kinds).prop_map(|kind| Cow::Borrowed(kind.as_bytes()));
    let fields = (kind, string(), parameters(), nstring(), nstring(), string());
    let leaf = (fields, any::<u64>(), any::<u64>(), nstring(), extension()).prop_map(
        |(fields, octets, lines, md5, (disposition, language, location, extensions))| {
            let (kind, subtype, parameters, id, description, encoding) = fields;
            let text = &*kind == b"text";
            let content = if text { LeafKind::Text { lines } } else { LeafKind::Basic };
            BodyStructure::Leaf(Leaf {
                kind,
                subtype,
                parameters,
                id,
                description,
                encoding,
                octets,
                content,
                md5,
                disposition,
                language,
                location,
                extended: true,
                extensions,
            })
        },
    );
    leaf.prop_recursive(4, 12, 3, |inner| {
        let multipart = (some(inner.clone()), string(), parameters(), extension()).prop_map(
            |(parts, subtype, parameters, (disposition, language, location, extensions))| {
                BodyStructure::Multipart(Multipart {
                    parts,
                    subtype,
                    parameters,
                    disposition,
                    language,
                    location,
                    extended: true,
                    extensions,
                })
            },
        );
        let message = (inner, envelope(), any::<u64>()).prop_map(|(body, envelope, lines)| {
            let (envelope, body) = (Box::new(envelope), Box::new(body));
            BodyStructure::Leaf(Leaf {
                kind: Cow::Borrowed(b"message"),
                subtype: Cow::Borrowed(b"rfc822"),
                content: LeafKind::Message { envelope, body, lines },
                extended: true,
                ..Leaf::default()
            })
        });
        prop_oneof![multipart, message]
    })
    .boxed()
}

fn body_item() -> impl Strategy<Value = BodyItem<'static>> {
    prop_oneof![9 => binary().prop_map(BodyItem::Inline), 1 => Just(BodyItem::Nil)]
}

pub fn fetch_data() -> BoxedStrategy<FetchData<'static>> {
    let annotation =
        (octets(), some(entry())).prop_map(|(entry, attributes)| Annotation { entry, attributes });
    let origin = || prop::option::of(any::<u64>());
    prop_oneof![
        (1u32..).prop_map(FetchData::Uid),
        flags().prop_map(FetchData::Flags),
        (1u64..).prop_map(FetchData::ModSeq),
        date_time().prop_map(FetchData::InternalDate),
        any::<u64>().prop_map(FetchData::Rfc822Size),
        envelope().prop_map(|envelope| FetchData::Envelope(envelope.into())),
        structure().prop_map(|body| FetchData::BodyStructure(body.into())),
        (section(), origin(), body_item()).prop_map(|(section, origin, body)| {
            FetchData::BodySection(BodySection { section, origin, body }.into())
        }),
        (any_number(1u32..), origin(), body_item()).prop_map(|(part, origin, body)| {
            FetchData::Binary(Binary { part, origin, body }.into())
        }),
        (any_number(1u32..), any::<u64>())
            .prop_map(|(part, n)| FetchData::BinarySize(BinarySize { part, octets: n }.into())),
        body_item().prop_map(FetchData::Rfc822),
        body_item().prop_map(FetchData::Rfc822Header),
        object_id().prop_map(FetchData::EmailId),
        prop::option::of(object_id()).prop_map(FetchData::ThreadId),
        prop::option::of(date_time()).prop_map(FetchData::SaveDate),
        nstring().prop_map(FetchData::Preview),
        some(octets())
            .prop_map(|entries| FetchData::Annotation(Annotations::Entries(entries).into())),
        some(annotation)
            .prop_map(|values| FetchData::Annotation(Annotations::Values(values).into())),
        any::<u64>().prop_map(FetchData::GmMsgId),
        any_number(octets()).prop_map(FetchData::GmLabels),
        (atom(), raw_told())
            .prop_map(|(name, value)| FetchData::Other(OtherItem { name, value }.into())),
    ]
    .boxed()
}

fn numbers() -> impl Strategy<Value = NumberSet> {
    set().prop_filter("results are numbers", |set| !set.is_saved())
}

pub fn code() -> BoxedStrategy<Code<'static>> {
    let text = || "[a-zA-Z0-9:/;=_.-]{1,12}".prop_map(Cow::Owned);
    let tag = || "[a-z0-9]{1,6}".prop_map(|tag| Octets::new(tag.into_bytes()).unwrap());
    let progress = (prop::option::of(tag()), any::<Option<u64>>(), any::<Option<u64>>())
        .prop_map(|(tag, done, goal)| Progress { tag, done, goal });
    prop_oneof![
        prop::sample::select(vec![Code::Alert, Code::Closed, Code::ReadOnly, Code::OverQuota]),
        flags().prop_map(Code::PermanentFlags),
        (1u32..).prop_map(Code::UidNext),
        any::<u64>().prop_map(Code::HighestModSeq),
        numbers().prop_map(Code::Modified),
        (1u32.., numbers()).prop_map(|(validity, uids)| Code::AppendUid { validity, uids }),
        (1u32.., numbers(), numbers()).prop_map(|(validity, from, to)| Code::CopyUid {
            validity,
            from,
            to
        }),
        object_id().prop_map(Code::MailboxId),
        text().prop_map(Code::BadUrl),
        text().prop_map(Code::Referral),
        any::<u64>().prop_map(|n| Code::Metadata(MetadataCode::LongEntries(n))),
        prop::option::of(progress).prop_map(Code::InProgress),
        (1u32.., any::<Option<u32>>()).prop_map(|(n, last)| Code::MessageLimit(n, last)),
        tag().prop_map(Code::NoUpdate),
        any_number(tag()).prop_map(Code::BadEvent),
        any_number(atom()).prop_map(Code::UrlMech),
        (1u32.., any::<bool>())
            .prop_map(|(n, private)| Code::Annotations(n.to_string().into(), private)),
        (atom(), prop::option::of(text())).prop_map(|(name, rest)| Code::Other(name, rest)),
    ]
    .boxed()
}

pub fn condition() -> impl Strategy<Value = Condition<'static>> {
    let state = prop::sample::select(vec![State::Ok, State::No, State::Bad]);
    let text = "[a-zA-Z\u{e0}-\u{ff}][ -~]{0,12}".prop_map(Text::lossy);
    (state, prop::option::of(code()), text).prop_map(|(state, code, text)| Condition {
        state,
        code,
        text,
    })
}

fn list() -> BoxedStrategy<List<'static>> {
    let data = prop_oneof![
        any_number(octets()).prop_map(ListData::ChildInfo),
        mailbox().prop_map(ListData::OldName),
        (atom(), raw_told()).prop_map(|(name, value)| {
            ListData::Other(Octets::new(name.as_bytes().to_vec()).unwrap(), value)
        }),
    ];
    let delimiter = prop::option::of(prop::sample::select(vec!['/', '.', '\\', '"', ' ']));
    (any_number(attribute()), delimiter, mailbox(), any_number(data))
        .prop_map(|(attributes, delimiter, mailbox, extended)| List {
            attributes: attributes.into(),
            delimiter,
            mailbox,
            extended,
        })
        .boxed()
}

fn esearch() -> BoxedStrategy<ESearch<'static>> {
    let positions = || some((any::<u32>(), numbers()));
    let result = prop_oneof![
        (1u32..).prop_map(SearchResult::Min),
        (1u32..).prop_map(SearchResult::Max),
        numbers().prop_map(SearchResult::All),
        any::<u64>().prop_map(SearchResult::Count),
        any::<u64>().prop_map(SearchResult::ModSeq),
        (page(), prop::option::of(numbers()))
            .prop_map(|(page, set)| SearchResult::Partial(page, set)),
        positions().prop_map(SearchResult::AddTo),
        positions().prop_map(SearchResult::RemoveFrom),
        any_number(any::<u32>()).prop_map(SearchResult::Relevancy),
        (atom(), raw_told()).prop_map(|(name, value)| SearchResult::Other(name, value)),
    ];
    (
        prop::option::of(octets()),
        prop::option::of(mailbox()),
        prop::option::of(1u32..),
        any::<bool>(),
        any_number(result),
    )
        .prop_map(|(tag, mailbox, uid_validity, uid, results)| ESearch {
            tag,
            mailbox,
            uid_validity,
            uid,
            results,
        })
        .boxed()
}

fn status() -> impl Strategy<Value = Status<'static>> {
    let item = status_item().prop_flat_map(|item| {
        let value = match &item {
            StatusItem::MailboxId => object_id().prop_map(StatusValue::Id).boxed(),
            StatusItem::AppendLimit => {
                prop_oneof![Just(StatusValue::Nil), any::<u64>().prop_map(StatusValue::Number)]
                    .boxed()
            }
            _ => any::<u64>().prop_map(StatusValue::Number).boxed(),
        };
        (Just(item), value)
    });
    (mailbox(), any_number(item)).prop_map(|(mailbox, items)| Status { mailbox, items })
}

fn threads() -> impl Strategy<Value = Vec<ThreadNode>> {
    let leaf = some(1u32..).prop_map(|numbers| ThreadNode { numbers, branches: Vec::new() });
    let node = leaf.prop_recursive(4, 12, 3, |inner| {
        (any_number(1u32..), prop::collection::vec(inner, 2..4))
            .prop_map(|(numbers, branches)| ThreadNode { numbers, branches })
    });
    any_number(node)
}

fn converted_data() -> impl Strategy<Value = ConvertedData<'static>> {
    let part = || any_number(1u32..);
    let bad = (prop::option::of(octets()), octets(), any_number((octets(), octets())))
        .prop_map(|(from, to, parameters)| BadConversion { from, to, parameters });
    let missing = (octets(), octets(), some(octets()))
        .prop_map(|(from, to, names)| MissingParameters { from, to, names });
    let reason = prop_oneof![
        prop::option::of(1u32..).prop_map(ConvertReason::TempFail),
        some(bad).prop_map(ConvertReason::BadParameters),
        some(missing).prop_map(ConvertReason::MissingParameters),
        Just(ConvertReason::Other(Raw::new(&b"BADPARAMETERS (a b)"[..]).unwrap())),
    ];
    let error = (octets(), reason).prop_map(|(text, reason)| ConvertError { text, reason }).boxed();
    prop_oneof![
        (
            part(),
            prop::option::of(any::<u64>()),
            prop::result::maybe_err(body_item(), error.clone())
        )
            .prop_map(|(part, origin, body)| ConvertedData::Binary { part, origin, body }),
        (part(), prop::result::maybe_err(any::<u64>(), error.clone()))
            .prop_map(|(part, octets)| ConvertedData::BinarySize { part, octets }),
        (part(), prop::result::maybe_err(structure().prop_map(Box::new), error.clone()))
            .prop_map(|(part, body)| ConvertedData::BodyPartStructure { part, body }),
        (part(), prop::result::maybe_err(any_number(octets()), error))
            .prop_map(|(part, types)| ConvertedData::AvailableConversions { part, types }),
        (1u32..).prop_map(|uid| ConvertedData::Fetched(FetchData::Uid(uid))),
    ]
}

fn rare() -> BoxedStrategy<Response<'static>> {
    let resource = (atom(), any::<u64>(), any::<u64>())
        .prop_map(|(name, usage, limit)| QuotaResource { name, usage, limit });
    let namespace = || {
        let one =
            (octets(), prop::option::of(Just('/')), prop_oneof![Just(Raw::default()), raw_told()])
                .prop_map(|(prefix, delimiter, extensions)| Namespace {
                    prefix,
                    delimiter,
                    extensions,
                });
        any_number(one)
    };
    let url_item = prop_oneof![
        body_item().prop_map(UrlItem::Body),
        body_item().prop_map(UrlItem::Binary),
        structure().prop_map(|body| UrlItem::BodyPartStructure(body.into())),
        Just(UrlItem::Other("X-SIZE".into(), Raw::new(&b"5"[..]).unwrap())),
    ];
    let url = prop_oneof![
        nstring().prop_map(UrlContent::Body),
        some(url_item).prop_map(UrlContent::Items),
    ];
    prop_oneof![
        (mailbox(), any_number((octets(), octets())))
            .prop_map(|(mailbox, entries)| Response::Acl(Acl { mailbox, entries })),
        (mailbox(), octets(), octets(), any_number(octets())).prop_map(
            |(mailbox, identifier, required, optional)| Response::ListRights(ListRights {
                mailbox,
                identifier,
                required,
                optional
            })
        ),
        (mailbox(), octets())
            .prop_map(|(mailbox, rights)| Response::MyRights(MyRights { mailbox, rights })),
        (octets(), any_number(resource))
            .prop_map(|(root, resources)| Response::Quota(Quota { root, resources })),
        (mailbox(), any_number(octets()))
            .prop_map(|(mailbox, roots)| Response::QuotaRoot(QuotaRoot { mailbox, roots })),
        (mailbox(), some(octets())).prop_map(|(mailbox, entries)| {
            Response::Metadata(Metadata { mailbox, data: MetadataData::Changed(entries) })
        }),
        (mailbox(), some(entry())).prop_map(|(mailbox, entries)| {
            Response::Metadata(Metadata { mailbox, data: MetadataData::Values(entries) })
        }),
        some(octets()).prop_map(Response::Language),
        (octets(), any_number(octets()))
            .prop_map(|(active, matching)| Response::Comparator(Comparator { active, matching })),
        some(octets()).prop_map(Response::GenUrlAuth),
        some((octets(), url)).prop_map(|urls| {
            let urls = urls.into_iter().map(|(url, data)| UrlData { url, data });
            Response::UrlFetch(urls.collect())
        }),
        (
            octets(),
            prop::option::of(numbers().prop_filter("numbers first", |set| {
                set.ranges().first().is_some_and(|range| range.start != Bound::Last)
            }))
        )
            .prop_map(|(tag, batches)| Response::UidBatches(UidBatches { tag, batches })),
        (octets(), octets(), any_number(octets())).prop_map(|(from, to, parameters)| {
            Response::Conversion(Conversion { from, to, parameters })
        }),
        (1u32.., octets(), some(converted_data()))
            .prop_map(|(seq, tag, data)| Response::Converted(Converted { seq, tag, data })),
        (namespace(), namespace(), namespace()).prop_map(|(personal, others, shared)| {
            Response::Namespace { personal, others, shared }
        }),
        (any::<bool>(), numbers())
            .prop_map(|(earlier, uids)| Response::Vanished(Vanished { earlier, uids })),
        threads().prop_map(Response::Thread),
        (any_number(1u32..), any::<Option<u64>>())
            .prop_map(|(numbers, mod_seq)| Response::Sort(Sorted { numbers, mod_seq })),
        id().prop_map(Response::Id),
        raw_told().prop_map(|raw| {
            let line = [b"XFOO ", raw.as_bytes()].concat();
            Response::Other(Raw::new(line).unwrap())
        }),
    ]
    .boxed()
}

pub fn fetch() -> BoxedStrategy<Fetch<'static>> {
    (1u32.., some(fetch_data()))
        .prop_map(|(seq, data)| Fetch { seq, data: data.into_iter().collect() })
        .boxed()
}

/// A FETCH response as it is written, for the tests of the parser itself, whose types are others.
pub fn fetch_line() -> BoxedStrategy<Vec<u8>> {
    let write = |fetch| {
        let mut frame = Vec::new();
        mailwire_imap::encode::response(&Response::Fetch(fetch), &mut frame);
        frame
    };
    fetch().prop_map(write).boxed()
}

pub fn response() -> BoxedStrategy<Response<'static>> {
    prop_oneof![
        4 => rare(),
        1 => ("[a-z0-9]{1,5}", condition())
            .prop_map(|(tag, condition)| Response::Tagged { tag: tag.into(), condition }),
        1 => condition().prop_map(Response::Condition),
        1 => "[ -~]{0,12}".prop_map(|text| Response::Continue(Cow::Owned(text.into_bytes()))),
        1 => any_number(atom()).prop_map(Response::Enabled),
        1 => list().prop_map(Response::List),
        1 => list().prop_map(Response::XList),
        1 => status().prop_map(Response::Status),
        1 => (any_number(1u32..), any::<Option<u64>>())
            .prop_map(|(numbers, mod_seq)| Response::Search(Found { numbers, mod_seq })),
        1 => esearch().prop_map(Response::ESearch),
        1 => flags().prop_map(Response::Flags),
        1 => any::<u32>().prop_map(Response::Exists),
        1 => (1u32..).prop_map(Response::Expunge),
        4 => fetch().prop_map(Response::Fetch),
    ]
    .boxed()
}
