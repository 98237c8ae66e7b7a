# Perl's Mail::IMAPClient doing a whole job: PORT CERTIFICATE|none USER PASSWORD FOLDER, with 0.crlf
# to 2.crlf in it.
use strict;
use warnings;
use Mail::IMAPClient;

my ($port, $certificate, $user, $password, $folder) = @ARGV;
my @sent = map { local (@ARGV, $/) = "$folder/$_.crlf"; <> } 0 .. 2;

sub check {
    my ($what, $got, $expected) = @_;
    $got = join ' ', @$got if ref $got;
    die "$what: $got, not $expected\n" if $got ne $expected;
}

sub connect_as {
    my ($password) = @_;
    my @tls = $certificate eq 'none' ? () : (Starttls => [SSL_ca_file => $certificate, SSL_verifycn_name => 'localhost']);
    return Mail::IMAPClient->new(
        Server => 'localhost', Port => $port, User => $user, Password => $password, Uid => 1, Peek => 1,
        Ignoresizeerrors => 0, Timeout => 30, @tls);
}

die "a wrong password was taken\n" if connect_as('wrong');
my $imap = connect_as($password) or die "login: $@\n";
$imap->create($_) or die "create: $@\n" for 'Work', 'Work/Old';
$imap->subscribe('Work') or die "subscribe: $@\n";
check('folders', [sort $imap->folders], 'INBOX Work Work/Old');
check('subscribed', [$imap->subscribed], 'Work');
my @flags = ('\\Seen', '\\Flagged $Work', '');
$imap->append_string('Work', $sent[$_], $flags[$_], '15-Sep-2020 12:26:40 +0000') or die "append: $@\n" for 0 .. 2;
check('messages', $imap->message_count('Work'), 3);
check('unseen', $imap->unseen_count('Work'), 2);
$imap->select('Work') or die "select: $@\n";
check("body $_", $imap->message_string($_), $sent[$_ - 1]) for 1 .. 3;
check('size', $imap->size(3), length $sent[2]);
check('date', $imap->internaldate(1), '15-Sep-2020 12:26:40 +0000');
check('subject', $imap->subject(1) =~ / dots\z/ ? 1 : 0, 1);
check('parts', [$imap->get_bodystructure(3)->parts], '1 2');
check('search', [$imap->search('UNSEEN')], '2 3');
check('keyword', [$imap->search('KEYWORD', '$Work')], '2');
check('since', [$imap->since('15-Sep-2020')], '1 2 3');
check('text', [$imap->search('TEXT', $imap->Quote('Viele'))], '2');
$imap->store(3, '+FLAGS', '(\\Answered)') or die "store: $@\n";
check('answered', [$imap->search('ANSWERED')], '3');
$imap->copy('Work/Old', 1, 2) or die "copy: $@\n";
$imap->move('Work/Old', 3) or die "move: $@\n";
$imap->expunge or die "expunge: $@\n";
check('moved', [$imap->messages], '1 2');
$imap->delete_message(1) or die "delete: $@\n";
$imap->expunge or die "expunge: $@\n";
check('left', [$imap->messages], '2');
my $other = connect_as($password) or die "login: $@\n";
my $idle = $imap->idle or die "idle: $@\n";
$other->append_string('Work', $sent[0]) or die "append: $@\n";
my $heard = $imap->idle_data(20) or die "nothing was heard\n";
die "heard @$heard\n" unless grep /2 EXISTS/, @$heard;
$imap->done($idle) or die "done: $@\n";
$imap->close or die "close: $@\n";
$imap->rename('Work/Old', 'Play') or die "rename: $@\n";
$imap->delete('Work') or die "delete: $@\n";
$imap->examine('Play') or die "examine: $@\n";
check('at the end', [$imap->messages], '1 2 3');
$_->logout or die "logout: $@\n" for $other, $imap;
