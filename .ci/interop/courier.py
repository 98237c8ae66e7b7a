"""A Courier server for POP3 or IMAP, from Debian's packages unpacked beside the system."""

import shutil
import subprocess
from pathlib import Path

from office import USERS

# Of each: its package, its settings, and how it is run.
PROTOCOLS = {
    'pop3': ('courier-pop', 'pop3d', 'POP3MAXDELAY=0 POP3AUTH="PLAIN LOGIN" POP3_STARTTLS=YES POP3_TLS_REQUIRED=0 POP3_TLS=0',
             'courier/courierpop3login /usr/lib/courier/courier/courierpop3d'),
    'imap': ('courier-imap', 'imapd', 'IMAP_STARTTLS=YES IMAP_TLS_REQUIRED=0 IMAP_TLS=0',
             'courier/imaplogin /usr/bin/imapd'),
}


def start(place, servers, protocol):
    """Starts it for all users, whose mail is below `mail` of the place."""
    package, settings, environment, programs = PROTOCOLS[protocol]
    root = servers.unpacked(package, 'courier-base', 'courier-authlib', 'courier-authdaemon', 'courier-authlib-userdb')
    port = place.port(protocol)
    servers.user('courier')
    both = place.write('both.pem', place.key.read_text() + place.cert.read_text())
    etc, mail = place.dir / 'etc', place.mail
    shutil.copytree(root / 'etc/courier', etc)
    for path in ('run/authdaemon', 'lib'):
        (place.dir / path).mkdir(parents=True)
    users = ''
    for name, password in USERS.items():
        hashed = subprocess.run(['openssl', 'passwd', '-1', password], capture_output=True, text=True, check=True)
        users += (f'{name}\tuid={mail.pw_uid}|gid={mail.pw_gid}|home={place.dir}/mail/{name}|'
                  f'shell=/bin/false|systempw={hashed.stdout.strip()}\n')
        for folder in ('', 'cur', 'new', 'tmp'):
            (place.dir / 'mail' / name / 'Maildir' / folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(['chown', '-R', f'{mail.pw_uid}:{mail.pw_gid}', place.dir / 'mail' / name], check=True)
    place.write('etc/userdb', users, 0o600)
    place.write('etc/authdaemonrc', (etc / 'authdaemonrc').read_text() + '\nauthmodulelist="authuserdb"\ndaemons=2\n')
    subprocess.run(['chown', '-R', 'courier', place.dir / 'run', etc], check=True)
    shutil.chown(etc / 'userdb', 'root')
    for path in ('/etc/courier', '/run/courier', '/var/lib/courier'):
        Path(path).mkdir(parents=True, exist_ok=True)
    # Its paths are compiled in.
    run = place.write('run.sh', f'''set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={root}/usr:/usr /usr
mount --bind {etc} /etc/courier
mount --bind {place.dir}/run /run/courier
mount --bind {place.dir}/lib /var/lib/courier
makeuserdb -f /etc/courier/userdb || makeuserdb
chown courier /etc/courier/userdb* || true
set -a
. /etc/courier/authdaemonrc
/usr/lib/courier/courier-authlib/authdaemond &
trap 'kill $(jobs -p); wait' TERM EXIT
. /etc/courier/{settings}
. /etc/courier/{settings}-ssl
{environment}
TLS_CERTFILE={both} COURIERTLS=/usr/bin/couriertls TLS_CACHEFILE= TLS_TRUSTCERTS=
/usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=20 -maxperip=20 -nodnslookup -noidentlookup {port} \\
  /usr/lib/courier/{programs} Maildir &
wait $!
''')
    place.start('unshare', '-m', 'bash', run, wait=protocol)
