"""Jobs of programs and libraries that speak IMAP: folders, append, flags, search, copy, move, expunge, fetch."""
import os
import shutil
import subprocess
from pathlib import Path

from office import ROOT, USERS, same, samples, until

USER, PASSWORD = 'alice', USERS['alice']
HERE = Path(__file__).resolve().parent
PYTHON = ROOT / 'target' / 'interop-python' / 'bin' / 'python'


def library(run, *command):
    """A program of ours with a library of others; it checks itself, and Python's imaplib looks at what is left."""
    certificate = run.certificate if run.tls else 'none'
    run.tool(*command, certificate, USER, PASSWORD, run.folder)
    (kept,) = run.office.folders() - {'INBOX', 'Work'}
    until(lambda: same(run.office.folder(kept), run.sent))


def by_python(run, name):
    library(run, PYTHON, HERE / 'imap_python.py', name, run.port('imap'), run.port('imaps'))


def imap_imapclient(run):
    by_python(run, 'imapclient')


def imap_imap_tools(run):
    by_python(run, 'imap_tools')


def imap_aioimaplib(run):
    by_python(run, 'aioimaplib')


def imap_ruby_net_imap(run):
    library(run, 'ruby', HERE / 'net-imap.rb', run.port('imap'))


def imap_perl_mail_imapclient(run):
    library(run, 'perl', HERE / 'mail-imapclient.pl', run.port('imap'))


def imap_offlineimap(run):
    """Both ways, with folders made at either end."""
    run.office.fill(run.sent)
    local = run.folder / 'mail'
    config = run.write('offlineimaprc', f'''[general]
accounts = office
metadata = {run.folder}/state
maxsyncaccounts = 1
[Account office]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {local}
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {run.port('imap')}
remoteuser = {USER}
remotepass = {PASSWORD}
ssl = no
starttls = {'yes' if run.tls else 'no'}
{'sslcacertfile = ' + run.certificate if run.tls else ''}
maxconnections = 1
''')

    def sync():
        said = run.tool('offlineimap', '-o', '-u', 'basic', '-c', config)
        assert b'ERROR' not in said and b'Traceback' not in said, said

    def here(folder='INBOX'):
        return sorted(path for place in ('new', 'cur') for path in (local / folder / place).iterdir())

    sync()
    same([path.read_bytes() for path in here()], run.sent)
    for place in ('new', 'cur', 'tmp'):
        (local / 'Work' / place).mkdir(parents=True)
    more = samples('more')
    for n, raw in enumerate(more):
        (local / 'Work' / 'new' / f'{n}.here').write_bytes(raw.replace(b'\r\n', b'\n'))
    first, second, _ = here()
    first.rename(local / 'INBOX' / 'cur' / (first.name.split(':')[0] + ':2,FS'))
    gone = second.read_bytes()
    second.unlink()
    run.office.fill(more[:1])
    sync()
    same(run.office.folder('Work'), more)
    left = [path.read_bytes() for path in here()]
    same(run.office.folder(), left)
    assert len(left) == 3 and gone not in left
    assert sum(r'\Flagged' in f and r'\Seen' in f for f in run.office.flags()) == 1
    sync()
    same(run.office.folder(), left)


def imap_fetchmail(run):
    run.office.fill(run.sent)
    inbox = run.folder / 'inbox'
    inbox.mkdir()
    taker = run.folder / 'take'
    taker.write_text(f'#!/bin/sh\nexec cat >"{inbox}/$$.$(date +%N)"\n')
    taker.chmod(0o700)
    tls = f"sslproto 'auto' sslcertck sslcertfile '{run.certificate}'" if run.tls else "sslproto ''"
    config = run.write('fetchmailrc', f'''poll localhost service {run.port("imap")} protocol imap timeout 30
user "{USER}" password "{PASSWORD}" {tls} mda "{taker}"
''')
    command = ['fetchmail', '-f', config, '--pidfile', run.folder / 'pid', '--nosyslog', '-v']
    run.tool(*command, '--keep')
    same([path.read_bytes() for path in inbox.iterdir()], run.sent)
    # It marks what it fetched as seen; 1: nothing new.
    run.tool(*command, '--keep', status=(1,))
    assert all(r'\Seen' in flags for flags in run.office.flags())
    # From another folder, and removed there.
    conn = run.office.imap()
    conn.create('Work')
    conn.logout()
    run.office.fill(run.sent, 'Work')
    run.tool(*command, '--folder', 'Work', '--nokeep')
    assert len(list(inbox.iterdir())) == 6
    until(lambda: same(run.office.folder('Work'), []))
    assert len(run.office.folder()) == 3


def imap_getmail(run):
    run.office.fill(run.sent)
    # It refuses to deliver as root.
    become = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'] if os.getuid() == 0 else []
    inbox = run.folder / 'inbox'
    for place in ('cur', 'new', 'tmp'):
        (inbox / place).mkdir(parents=True)
    run.folder.chmod(0o755)
    # It has no STARTTLS.
    kind, port = ('SimpleIMAPSSLRetriever', 'imaps') if run.tls else ('SimpleIMAPRetriever', 'imap')
    certificate = run.write('cert.pem', Path(run.certificate).read_text())

    def get(delete, read_all):
        config = run.write('getmailrc', f'''[retriever]
type = {kind}
server = localhost
port = {run.port(port)}
username = {USER}
password = {PASSWORD}
mailboxes = ("INBOX",)
move_on_delete = Old
{'ca_certs = ' + certificate if run.tls else ''}
[destination]
type = Maildir
path = {inbox}/
[options]
delete = {delete}
read_all = {read_all}
delivered_to = false
received = false
''')
        if become:
            subprocess.run(['chown', '-R', 'nobody', run.folder], check=True)
        said = run.tool(*become, 'getmail', '--getmaildir', run.folder, '--rcfile', config)
        assert b'rror' not in said, said

    conn = run.office.imap()
    conn.create('Old')
    conn.logout()
    get(False, False)
    same([path.read_bytes() for path in (inbox / 'new').iterdir()], run.sent)
    get(False, False)
    assert len(list((inbox / 'new').iterdir())) == 3 == len(run.office.folder())
    get(True, True)
    until(lambda: same(run.office.folder(), []))
    until(lambda: same(run.office.folder('Old'), run.sent))


def imap_imapfilter(run):
    run.office.fill(run.sent)
    config = run.write('config.lua', f'''options.timeout = 30
options.certificates = false
options.create = true
options.starttls = {str(run.tls).lower()}
account = IMAP {{
  server = 'localhost', port = {run.port('imap')}, username = '{USER}', password = '{PASSWORD}',
}}
function check(what, got, expected)
  if got ~= expected then error(what .. ': ' .. tostring(got) .. ', not ' .. tostring(expected)) end
end
account:create_mailbox('Work')
account:create_mailbox('Old')
account:subscribe_mailbox('Work')
mailboxes, folders = account:list_all()
check('mailboxes', #mailboxes, 3)
check('subscribed', #account:list_subscribed(), 1)
local exist, recent, unseen, uidnext = account.INBOX:check_status()
check('exist', exist, 3)
check('unseen', unseen, 3)
local all = account.INBOX:select_all()
check('all', #all, 3)
local dots = account.INBOX:contain_subject('dots')
check('dots', #dots, 1)
check('body', #account.INBOX:contain_body('Two:'), 1)
check('larger', #account.INBOX:is_larger(10000), 1)
check('matched', #account.INBOX:match_from('tester@client'), 3)
check('both', #(account.INBOX:is_unseen() * account.INBOX:contain_from('Tester')), 3)
dots:mark_flagged()
dots:add_flags({{ '$Work' }})
check('flagged', #account.INBOX:is_flagged(), 1)
check('keyword', #account.INBOX:has_keyword('$Work'), 1)
all:copy_messages(account.Old)
dots:move_messages(account.Work)
check('left', #account.INBOX:select_all(), 2)
for _, message in ipairs(account.INBOX:contain_subject('picture')) do
  local mailbox, uid = table.unpack(message)
  check('size', mailbox[uid]:fetch_size(), {len(run.sent[2])})
  check('subject', mailbox[uid]:fetch_field('Subject'):match('picture'), 'picture')
  check('structure', next(mailbox[uid]:fetch_structure()) ~= nil, true)
  account.Work:append_message(mailbox[uid]:fetch_message())
end
account.INBOX:contain_subject('picture'):delete_messages()
check('at last', #account.INBOX:select_all(), 1)
account:rename_mailbox('Old', 'Archive')
account:unsubscribe_mailbox('Work')
''')
    said = run.tool('imapfilter', '-t', run.certificate, '-c', config)
    assert b'rror' not in said, said
    same(run.office.folder('Archive'), run.sent)
    same(run.office.folder('Work'), [run.sent[0], run.sent[2]])
    same(run.office.folder(), run.sent[1:2])
    assert run.office.folders() == {'INBOX', 'Work', 'Archive'}


def imap_snail(run):
    run.office.fill(run.sent)
    conn = run.office.imap()
    conn.create('Work')
    conn.logout()
    url = f'imap://{USER}:{PASSWORD}@localhost:{run.port("imap")}/'
    rc = run.write('mailrc', f'''set v15-compat
set imap-auth=login
set imap-keepalive=60
set noheader
set hold
set tls-verify=strict
set tls-ca-file={run.certificate}
set tls-ca-no-defaults
{'set imap-use-starttls' if run.tls else ''}
''')

    def mail(*commands, folder='INBOX'):
        script = run.write('script', '\n'.join(commands) + '\n')
        return run.tool('s-nail', '-:/', '-#', '-X', f'source {rc}', '-f', url + folder, stdin=script)

    said = mail('headers', f'copy * {url}Work', 'from \'(subject "picture")\'', 'exit')
    assert said.count(b'tester@client.test') == 4, said
    run.arrived('Work')
    out = run.folder / 'out'
    mail(f'copy * {out}', 'flag 1', 'delete 2', 'quit', folder='Work')
    until(lambda: same(run.office.folder('Work'), [run.sent[0], run.sent[2]]))
    assert r'\Flagged' in run.office.flags('Work')[0], run.office.flags('Work')
    assert out.read_bytes().count(b'\nMessage-ID:') == 3
    assert len(run.office.folder()) == 3


def imap_mailutils(run):
    # Its messages end in LF, and what it reads of them is counted in octets.
    run.office.fill(run.sent[:2])
    run.sent = run.sent[:2]
    scheme, port = ('imaps', 'imaps') if run.tls else ('imap', 'imap')
    url = f'{scheme}://{USER}:{PASSWORD}@localhost:{run.port(port)}'
    config = run.write('mailutils.conf', f'''tls {{
  ssl-ca-file {run.certificate};
}}
''')
    common = ['--no-site-config', f'--config-file={config}']
    said = run.tool('messages', *common, url + '/INBOX')
    assert said.split()[-1] == b'2', said
    # 1: there is none that is new.
    said = run.tool('frm.mailutils', *common, url + '/INBOX', status=(0, 1))
    assert said.count(b'Tester') == 2, said
    said = run.tool('readmsg.mailutils', *common, '-f', url + '/INBOX', '1')
    assert b'\n.and a word' in said, said
    box = run.folder / 'box'
    run.tool('movemail', *common, '--preserve', url + '/INBOX', box)
    assert box.read_bytes().count(b'\nMessage-ID:') == 2
    run.tool('movemail', *common, url + '/INBOX', box)
    until(lambda: same(run.office.folder(), []))


def register(job, by_mutt):
    """Every job, in the order in which they are run."""
    def imap_neomutt(run):
        by_mutt(run, 'neomutt')

    for function in (imap_neomutt, imap_snail, imap_offlineimap, imap_fetchmail, imap_getmail, imap_imapfilter,
                     imap_mailutils, imap_imapclient, imap_imap_tools, imap_aioimaplib, imap_ruby_net_imap,
                     imap_perl_mail_imapclient):
        job(function)
