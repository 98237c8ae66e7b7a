# Ruby's net-imap doing a whole job: PORT CERTIFICATE|none USER PASSWORD FOLDER, with 0.crlf to
# 2.crlf in it.
require 'net/imap'

PORT, CERTIFICATE, USER, PASSWORD, FOLDER = ARGV
SENT = (0..2).map { |n| File.binread("#{FOLDER}/#{n}.crlf") }

def check(what, got, expected)
  raise "#{what}: #{got.inspect}, not #{expected.inspect}" unless got == expected
end

def connect
  imap = Net::IMAP.new('localhost', port: PORT.to_i, open_timeout: 30)
  imap.starttls({ ca_file: CERTIFICATE }) unless CERTIFICATE == 'none'
  imap
end

imap = connect
begin
  imap.authenticate('PLAIN', USER, 'wrong')
  raise 'a wrong password was taken'
rescue Net::IMAP::NoResponseError
end
imap.login(USER, PASSWORD)
check('capability', imap.capability.include?('IMAP4REV1'), true)
check('namespace', imap.namespace.personal.map(&:delim), ['/']) if imap.capability.include?('NAMESPACE')
name = Net::IMAP.encode_utf7('Żółw & Söhne')
imap.create(name)
imap.create('Work')
imap.subscribe('Work')
check('list', imap.list('', '*').map(&:name).sort, ['INBOX', 'Work', name].sort)
check('lsub', imap.lsub('', '*').map(&:name), ['Work'])
date = Time.utc(2020, 9, 15, 12, 26, 40)
SENT.zip([[:Seen], [:Flagged], []]) { |raw, flags| imap.append('Work', raw, flags, date) }
check('status', imap.status('Work', %w[MESSAGES UNSEEN]), { 'MESSAGES' => 3, 'UNSEEN' => 2 })
imap.select('Work')
got = imap.uid_fetch(1..3, %w[BODY.PEEK[] FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE])
check('bodies', got.map { |data| data.attr['BODY[]'] }, SENT)
check('sizes', got.map { |data| data.attr['RFC822.SIZE'] }, SENT.map(&:bytesize))
check('from', got.map { |data| data.attr['ENVELOPE'].from[0].mailbox }, ['tester'] * 3)
check('structure', got.map { |data| data.attr['BODYSTRUCTURE'].media_type }, %w[TEXT TEXT MULTIPART])
check('search', imap.uid_search(%w[UNSEEN]), [2, 3])
check('text', imap.search(['TEXT', 'Viele']), [2])
check('sort', imap.uid_sort(%w[SIZE], %w[ALL], 'UTF-8').last, 3) if imap.capability.include?('SORT')
if imap.capability.include?('THREAD=REFERENCES')
  check('thread', imap.uid_thread('REFERENCES', %w[ALL], 'UTF-8').map(&:seqno).sort, [1, 2, 3])
end
imap.uid_store(3, '+FLAGS', [:Answered, '$Work'])
check('keyword', imap.search(%w[KEYWORD $Work]), [3])
imap.uid_copy([1, 2], name)
imap.uid_move(3, name)
imap.store(1, '+FLAGS.SILENT', [:Deleted])
# It adds up what was told since the mailbox was opened.
check('expunge', imap.expunge.last, 1)
other = connect
other.authenticate('CRAM-MD5', USER, PASSWORD)
heard = nil
imap.idle(20) do |response|
  case response
  when Net::IMAP::ContinuationRequest then Thread.new { other.append('Work', SENT[0]) }
  when Net::IMAP::UntaggedResponse
    if response.name == 'EXISTS'
      heard = response.data
      imap.idle_done
    end
  end
end
check('idle', heard, 2)
imap.close
imap.rename('Work', 'Play')
imap.delete('Play')
imap.examine(name)
check('examine', imap.responses['EXISTS'].last, 3)
other.logout
imap.logout
