"""Python libraries that speak IMAP, each doing a whole job: run in an environment that has them.

imap_python.py LIBRARY PORT TLS-PORT CERTIFICATE|none USER PASSWORD FOLDER, with 0.crlf to 2.crlf in it.
TLS-PORT is for aioimaplib, which has no STARTTLS.
"""
import asyncio
import datetime
import ssl
import sys
from pathlib import Path

LIBRARY, PORT, TLS_PORT, CERTIFICATE, USER, PASSWORD, FOLDER = sys.argv[1:]
TLS = CERTIFICATE != 'none'
SENT = [(Path(FOLDER) / f'{n}.crlf').read_bytes() for n in range(3)]
WHEN = datetime.datetime(2020, 9, 15, 12, 26, 40, tzinfo=datetime.timezone.utc)
NAME = 'Żółw & Söhne'


def trust():
    return ssl.create_default_context(cafile=CERTIFICATE)


def imapclient():
    import imapclient
    from imapclient import exceptions

    client = imapclient.IMAPClient('localhost', int(PORT), ssl=False, timeout=30)
    if TLS:
        client.starttls(trust())
    try:
        client.login(USER, 'wrong')
        raise AssertionError('a wrong password was taken')
    except exceptions.LoginError:
        pass
    client.login(USER, PASSWORD)
    assert client.id_({'name': 'test'}), 'ID is answered'
    assert client.namespace().personal == (('', '/'),), client.namespace()
    client.create_folder(NAME)
    client.create_folder('Work')
    client.subscribe_folder('Work')
    assert {name for _, _, name in client.list_folders()} == {'INBOX', 'Work', NAME}
    assert [name for _, _, name in client.list_sub_folders()] == ['Work']
    for raw, flags in zip(SENT, ([b'\\Seen'], [b'\\Flagged', b'$Work'], ())):
        client.append('Work', raw, flags, WHEN)
    status = client.folder_status('Work', ['MESSAGES', 'UNSEEN', 'UIDNEXT'])
    assert status == {b'MESSAGES': 3, b'UNSEEN': 2, b'UIDNEXT': 4}, status
    selected = client.select_folder('Work')
    assert selected[b'EXISTS'] == 3 and b'READ-ONLY' not in selected, selected
    got = client.fetch([1, 2, 3], ['BODY.PEEK[]', 'FLAGS', 'INTERNALDATE', 'ENVELOPE', 'BODYSTRUCTURE', 'RFC822.SIZE'])
    assert [got[uid][b'BODY[]'] for uid in (1, 2, 3)] == SENT
    assert [got[uid][b'RFC822.SIZE'] for uid in (1, 2, 3)] == [len(raw) for raw in SENT]
    assert got[1][b'INTERNALDATE'].astimezone(datetime.timezone.utc) == WHEN
    assert got[3][b'ENVELOPE'].from_[0].mailbox == b'tester'
    assert got[3][b'BODYSTRUCTURE'].is_multipart
    assert client.search(['UNSEEN']) == [2, 3] and client.search(['KEYWORD', '$Work']) == [2]
    assert client.search(['TEXT', 'спасибо'], 'UTF-8') == [2]
    assert client.search(['SINCE', datetime.date(2020, 9, 15), 'NOT', 'DELETED']) == [1, 2, 3]
    assert client.sort(['REVERSE SIZE']) [0] == 3 if client.has_capability('SORT') else True
    if client.has_capability('THREAD=REFERENCES'):
        assert sorted(uid for thread in client.thread('REFERENCES') for uid in thread) == [1, 2, 3]
    assert client.add_flags(3, [b'\\Answered'])[3] == (b'\\Answered',) or b'\\Answered' in client.get_flags(3)[3]
    client.set_flags(3, [b'$Junk'])
    assert set(client.get_flags(3)[3]) - {b'\\Recent'} == {b'$Junk'}
    client.copy([1, 2], NAME)
    client.move([3], NAME)
    assert client.search() == [1, 2]
    client.delete_messages([1])
    client.uid_expunge([1]) if client.has_capability('UIDPLUS') else client.expunge()
    assert client.search() == [2]
    # Someone else speaks while we are idle.
    other = imapclient.IMAPClient('localhost', int(PORT), ssl=False, timeout=30)
    if TLS:
        other.starttls(trust())
    other.login(USER, PASSWORD)
    client.idle()
    other.append('Work', SENT[0])
    heard = client.idle_check(timeout=20)
    assert (2, b'EXISTS') in heard, heard
    client.idle_done()
    client.unselect_folder()
    client.enable('CONDSTORE')
    modseq = client.select_folder('Work')[b'HIGHESTMODSEQ']
    other.select_folder('Work')
    other.add_flags(2, [b'\\Deleted'])
    changed = client.fetch([1, 2, 3], ['FLAGS'], [f'CHANGEDSINCE {modseq}'])
    assert list(changed) == [2] and b'\\Deleted' in changed[2][b'FLAGS'], changed
    client.unselect_folder()
    client.rename_folder('Work', 'Play/Old')
    assert client.folder_exists('Play/Old')
    client.delete_folder('Play/Old')
    client.delete_folder('Play')
    if client.has_capability('QUOTA'):
        client.get_quota_root('INBOX')
    other.logout()
    client.logout()


def imap_tools():
    from imap_tools import AND, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags, OR
    from imap_tools.errors import MailboxLoginError

    def connect(password):
        if TLS:
            return MailBoxStartTls('localhost', int(PORT), ssl_context=trust()).login(USER, password)
        return MailBoxUnencrypted('localhost', int(PORT)).login(USER, password)

    try:
        connect('wrong')
        raise AssertionError('a wrong password was taken')
    except MailboxLoginError:
        pass
    with connect(PASSWORD) as box:
        for name in (NAME, 'Work'):
            box.folder.create(name)
        box.folder.subscribe('Work', True)
        assert {f.name for f in box.folder.list()} == {'INBOX', 'Work', NAME}
        assert [f.name for f in box.folder.list(subscribed_only=True)] == ['Work']
        for raw, flags in zip(SENT, ([MailMessageFlags.SEEN], [MailMessageFlags.FLAGGED], None)):
            box.append(raw, 'Work', dt=WHEN, flag_set=flags)
        assert box.folder.status('Work')['MESSAGES'] == 3
        box.folder.set('Work')
        mails = list(box.fetch(mark_seen=False))
        assert [mail.subject.split()[1] for mail in mails] == ['dots', 'żółw', 'picture']
        assert [mail.from_ for mail in mails] == ['tester@client.test'] * 3
        assert [len(mail.attachments) for mail in mails] == [0, 0, 1]
        assert mails[2].attachments[0].filename == 'żółw.img'
        assert 'спасибо' in mails[1].text
        assert box.uids(AND(seen=False)) == ['2', '3']
        assert box.uids(OR(flagged=True, subject='dots')) == ['1', '2']
        assert box.uids(AND(text='спасибо'), charset='UTF-8') == ['2']
        assert [mail.uid for mail in box.fetch(AND(all=True), headers_only=True, bulk=True, mark_seen=False)] == ['1', '2', '3']
        assert [mail.uid for mail in box.fetch(reverse=True, limit=2, mark_seen=False)] == ['3', '2']
        assert box.numbers() == ['1', '2', '3']
        box.flag(['1', '3'], ['$Work', MailMessageFlags.ANSWERED], True)
        assert box.uids(AND(answered=True)) == ['1', '3'] == box.uids(AND(keyword='$Work'))
        box.copy(['1', '2'], NAME)
        box.move('3', NAME)
        box.delete('1')
        assert box.uids() == ['2']
        with connect(PASSWORD) as other:
            with box.idle as idle:
                other.append(SENT[0], 'Work')
                heard = idle.poll(timeout=20)
                assert any(b'2 EXISTS' in line for line in heard), heard
        box.folder.rename('Work', 'Play')
        box.folder.set(NAME)
        assert len(box.uids()) == 3
        box.folder.delete('Play')
        assert not box.folder.exists('Play')


def aioimaplib():
    import aioimaplib

    async def run():
        async def connect():
            if TLS:
                client = aioimaplib.IMAP4_SSL(host='localhost', port=int(TLS_PORT), timeout=30, ssl_context=trust())
            else:
                client = aioimaplib.IMAP4(host='localhost', port=int(PORT), timeout=30)
            await client.wait_hello_from_server()
            return client

        client = await connect()

        async def ok(what):
            answer = await what
            assert answer.result == 'OK', answer
            return answer.lines

        assert (await client.login(USER, 'wrong')).result == 'NO'
        await ok(client.login(USER, PASSWORD))
        await ok(client.create('Work'))
        await ok(client.create('Old'))
        await ok(client.subscribe('Work'))
        assert any(b'Work' in line for line in await ok(client.list('""', '*')))
        assert any(b'Work' in line for line in await ok(client.lsub('""', '*')))
        for raw, flags in zip(SENT, (r'\Seen', r'\Flagged', None)):
            await ok(client.append(raw, mailbox='Work', flags=flags, date=WHEN))
        assert b'MESSAGES 3' in (await ok(client.status('Work', '(MESSAGES UIDNEXT)')))[0]
        await ok(client.select('Work'))
        for n, raw in enumerate(SENT):
            lines = await ok(client.uid('fetch', str(n + 1), '(FLAGS BODY.PEEK[])'))
            assert raw in [bytes(line) for line in lines], n
        assert (await ok(client.uid_search('UNSEEN')))[0].split() == [b'2', b'3']
        await ok(client.uid('store', '3', '+FLAGS', r'(\Answered)'))
        assert (await ok(client.search('ANSWERED')))[0] == b'3'
        await ok(client.uid('copy', '1:2', 'Old'))
        await ok(client.move('3', 'Old'))
        await ok(client.uid('store', '1', '+FLAGS.SILENT', r'(\Deleted)'))
        await ok(client.expunge())
        assert (await ok(client.uid_search('ALL')))[0] == b'2'
        other = await connect()
        await ok(other.login(USER, PASSWORD))
        idle = await client.idle_start(timeout=60)
        await ok(other.append(SENT[0], mailbox='Work'))
        heard = []
        while not any(b'2 EXISTS' in line for line in heard):
            heard = await client.wait_server_push(timeout=20)
        client.idle_done()
        await asyncio.wait_for(idle, 20)
        await ok(client.noop())
        await ok(client.close())
        await ok(client.rename('Work', 'Play'))
        await ok(client.delete('Play'))
        await ok(client.select('Old'))
        assert (await ok(client.search('ALL')))[0].split() == [b'1', b'2', b'3']
        await ok(other.logout())
        await ok(client.logout())

    asyncio.run(run())


{'imapclient': imapclient, 'imap_tools': imap_tools, 'aioimaplib': aioimaplib}[LIBRARY]()
