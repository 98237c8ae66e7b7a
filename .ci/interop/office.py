"""What the interop tests share: a post office to test against, messages, and ways to read them."""

import email
import email.policy
import hashlib
import imaplib
import os
import poplib
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = 'example.test'
USERS = {'alice': 'alicepw', 'bob': 'bobpw'}
imaplib._MAXLINE = poplib._MAXLINE = 100_000_000

TRUST_ANY = ssl.create_default_context()
TRUST_ANY.check_hostname = False
TRUST_ANY.verify_mode = ssl.CERT_NONE


def program():
    """The post office, built. PROFILE=release builds that one."""
    if 'POSTOFFICE' in os.environ:
        return os.environ['POSTOFFICE']
    release = os.environ.get('PROFILE') == 'release'
    flags = ['--release'] if release else []
    subprocess.run(['cargo', 'build', '--quiet', '-p', 'examples', '--example', 'postoffice', *flags],
                   cwd=ROOT, check=True)
    target = Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
    return str(target / ('release' if release else 'debug') / 'examples' / 'postoffice')


class Office:
    """A post office of our own on free ports, with a folder of its own."""

    def __init__(self, *options, data=None, domain=DOMAIN):
        self.keep = tempfile.TemporaryDirectory(prefix='postoffice-')
        self.data = data or self.keep.name + '/data'
        self.options, self.domain = options, domain
        self.binary = program()
        self.start()

    def start(self):
        command = [self.binary, '--no-demo', '--data', self.data, '--domain', self.domain]
        for name, password in USERS.items():
            command += ['--user', f'{name}:{password}']
        services = ['smtp', 'smtps', 'submission', 'submissions', 'pop3', 'pop3s', 'imap', 'imaps']
        for service in services:
            command += ['--' + service, '0']
        self.errors = open(self.keep.name + '/stderr', 'ab+')
        # What glibc keeps of freed memory for each thread by itself depends on how threads happen to
        # be scheduled: two arenas and no caches of threads make what is measured the program's own.
        environment = {**os.environ, 'MALLOC_ARENA_MAX': '2', 'GLIBC_TUNABLES': 'glibc.malloc.tcache_count=0'}
        self.process = subprocess.Popen(command + list(self.options), env=environment, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        self.port = {}
        for line in self.process.stdout:
            found = re.match(r'\s*(\w+) +listens on .*:(\d+)$', line)
            if found:
                self.port[found[1]] = int(found[2])
            if line.startswith('Now serving'):
                return
        raise SystemExit(f'the post office did not start: {self.said()}')

    def said(self):
        """What it wrote to standard error."""
        return open(self.keep.name + '/stderr').read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """Ends it as Ctrl-C does, which must work."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(15)
        self.process.stdout.close()
        assert status == 0, f'it ended with status {status}: {self.said()}'
        assert 'panicked' not in self.said(), self.said()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.kill() if kind else self.stop()
        if kind:
            sys.stderr.write(self.said())
        self.keep.cleanup()

    # Memory, in KiB.

    def memory(self, field):
        for line in open(f'/proc/{self.process.pid}/status'):
            if line.startswith(field + ':'):
                return int(line.split()[1])

    def resident(self):
        return self.memory('VmRSS')

    def reset_peak(self):
        with open(f'/proc/{self.process.pid}/clear_refs', 'w') as file:
            file.write('5')

    def peak(self):
        return self.memory('VmHWM')

    # Connections of the Python libraries.

    def smtp(self, tls=False):
        conn = smtplib.SMTP('127.0.0.1', self.port['smtp'], local_hostname='client.test', timeout=60)
        if tls:
            conn.starttls(context=TRUST_ANY)
        conn.ehlo()
        return conn

    def pop3(self, tls=False, user='alice'):
        conn = poplib.POP3('127.0.0.1', self.port['pop3'], timeout=60)
        if tls:
            conn.stls(TRUST_ANY)
        conn.user(user)
        conn.pass_(USERS[user])
        return conn

    def imap(self, tls=False, user='alice'):
        conn = imaplib.IMAP4('127.0.0.1', self.port['imap'], timeout=60)
        if tls:
            conn.starttls(TRUST_ANY)
        conn.login(user, USERS[user])
        return conn

    def folder(self, name='INBOX', user='alice'):
        """The messages of a folder, as octets."""
        conn = self.imap(user=user)
        status, data = conn.select(f'"{name}"', readonly=True)
        if status != 'OK':
            conn.logout()
            return None
        messages = []
        if data != [b'0']:
            status, rows = conn.fetch('1:*', '(BODY.PEEK[])')
            assert status == 'OK', rows
            messages = [row[1] for row in rows if isinstance(row, tuple)]
        conn.logout()
        return messages

    def flags(self, name='INBOX'):
        """The flags of the messages of a folder, sorted within each."""
        conn = self.imap()
        conn.select(f'"{name}"', readonly=True)
        rows = conn.fetch('1:*', '(FLAGS)')[1]
        conn.logout()
        rows = [row for row in rows if row]
        return [sorted(f.decode() for f in imaplib.ParseFlags(row) if f != b'\\Recent') for row in rows]

    def folders(self):
        conn = self.imap()
        rows = conn.list()[1]
        conn.logout()
        return {re.search(rb'"/" "?([^"]*)"?$', row)[1].decode() for row in rows}

    def empty(self):
        """Removes all mail of alice."""
        for name in sorted(self.folders() - {'INBOX'}, reverse=True):
            conn = self.imap()
            conn.delete(f'"{name}"')
            conn.unsubscribe(f'"{name}"')
            conn.logout()
        conn = self.imap()
        if conn.select('INBOX')[1] != [b'0']:
            conn.store('1:*', '+FLAGS.SILENT', r'(\Deleted)')
            conn.expunge()
        conn.logout()

    def fill(self, messages, folder='INBOX'):
        conn = self.imap()
        for message in messages:
            status, data = conn.append(f'"{folder}"', None, None, message)
            assert status == 'OK', data
        conn.logout()


PICTURE = b''.join(hashlib.sha256(b'%d' % n).digest() for n in range(1000))
DOTS = 'One dot:\n.\nTwo:\n..\n.and a word\nthe last line\n'
UTF8 = 'Viele Grüße – 多謝 – спасибо\n.ок\n'


def samples(tag):
    """Messages that break careless programs: dots, eight bits, an attachment. CRLF line ends."""
    made = []
    for n in range(3):
        message = EmailMessage(policy=email.policy.SMTP.clone(cte_type='8bit'))
        message['From'] = 'Tester <tester@client.test>'
        message['To'] = f'alice@{DOMAIN}'
        message['Date'] = 'Tue, 02 Jun 2026 08:00:0%d +0000' % n
        message['Message-ID'] = f'<{tag}.{n}@client.test>'
        message['Subject'] = f'{tag} {["dots", "żółw", "picture"][n]}'
        if n == 0:
            message.set_content(DOTS)
        elif n == 1:
            message.set_content(UTF8, cte='8bit')
        else:
            message.set_content('A picture.\n')
            message.add_attachment(PICTURE, maintype='image', subtype='x-noise', filename='żółw.img')
        made.append(message.as_bytes())
    return made


def essence(raw):
    """What must not change on the way, whatever headers programs add: subject and contents."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    contents = []
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True) or b''
            if part.get_content_maintype() == 'text':
                content = content.replace(b'\r\n', b'\n').rstrip(b'\n')
            contents.append(hashlib.sha256(content).hexdigest())
    return re.sub(r'\s+', ' ', str(message['Subject'])), tuple(contents)


def same(got, sent):
    """Whether the messages are those that were sent, in any order."""
    got, sent = sorted(map(essence, got or [])), sorted(map(essence, sent))
    assert got == sent, f'there is {[s for s, _ in got]}, sent was {[s for s, _ in sent]}'


def until(check, seconds=10):
    """Tries again while `check` fails: mail may be on its way."""
    end = time.time() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.time() > end:
                raise
            time.sleep(0.2)
