use super::*;

// RFC 3464 appendix E.1, shortened.
#[test]
fn a_delivery_report_is_read() {
    let body =
        b"Reporting-MTA: dns; cs.utk.edu\r\nArrival-Date: Thu, 7 Jul 1994 17:15:49 -0400\r\n\r\n\
        Original-Recipient: rfc822;louisl@larry.slip.umd.edu\r\n\
        Final-Recipient: rfc822; <louisl@larry.slip.umd.edu>\r\nAction: failed\r\nStatus: 4.0.0\r\n\
        Diagnostic-Code: smtp; 426 connection\r\n timed out\r\nX-More: 1\r\n\r\n\r\n\
        Final-Recipient: utf-8; \\x{e9}\\x{fg}@b\r\nAction: Delayed (for now)\r\nStatus: none\r\n\
        Diagnostic-Code: 550 5.7.1 no\r\n";

    let delivery = Delivery::parse(body);

    assert_eq!(delivery.reporting_mta.unwrap().value, "cs.utk.edu");
    assert_eq!(delivery.arrival_date.unwrap().unix(), 773_615_749);
    let [one, two] = &*delivery.recipients else { panic!() };
    assert_eq!(one.final_recipient.as_ref().unwrap().value, "louisl@larry.slip.umd.edu");
    assert_eq!(one.original_recipient.as_ref().unwrap().kind, "rfc822");
    assert_eq!(one.status, Some(Status { class: 4, subject: 0, detail: 0 }));
    assert_eq!(one.diagnostic_code.as_ref().unwrap().value, "426 connection timed out");
    assert_eq!(one.others, [("X-More".into(), "1".into())]);
    assert_eq!(two.final_recipient.as_ref().unwrap().value, "\u{e9}\\x{fg}@b");
    assert_eq!((two.action, two.status), (Some(Action::Delayed), None));
    assert_eq!(two.best_status(), Some(Status { class: 5, subject: 7, detail: 1 }));
}

#[test]
fn groups_that_were_run_together_are_told_apart() {
    let delivery = Delivery::parse(b"\nReporting-MTA: x\nFinal-Recipient: a@b\nAction: failed\n");
    assert_eq!(delivery.reporting_mta.unwrap(), Typed { kind: "".into(), value: "x".into() });
    assert_eq!(delivery.recipients.len(), 1);
    assert_eq!(Delivery::parse(b""), Delivery::default());
}

#[test]
fn a_notification_is_read() {
    let mdn = Disposition::parse(
        b"Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\nFinal-Recipient: rfc822;J@x\r\n\
          Original-Message-ID: <1995@x>\r\n\
          Disposition: manual-action/MDN-sent-manually; displayed/error,x\r\nError: y\r\n",
    );
    assert_eq!((&*mdn.action_mode, &*mdn.sending_mode), ("manual-action", "mdn-sent-manually"));
    assert_eq!((&*mdn.kind, mdn.modifiers), ("displayed", ["error".into(), "x".into()].to_vec()));
    assert_eq!(mdn.final_recipient.unwrap().value, "J@x");
    assert_eq!(mdn.others, [("Error".into(), "y".into())]);
}

// RFC 5965 appendix B.2, shortened.
#[test]
fn a_complaint_is_read() {
    let arf = Feedback::parse(
        b"Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\
          Original-Mail-From: <somespammer@example.net>\r\nOriginal-Rcpt-To: <user@example.com>\r\n\
          Received-Date: Thu, 8 Mar 2005 14:00:00 EDT\r\nSource-IP: 192.0.2.1\r\n\
          Reported-Domain: example.net\r\nReported-Uri: http://example.net/earn_money.html\r\n\
          Incidents: 3\r\n",
    );
    assert_eq!((&*arf.kind, arf.incidents), ("abuse", Some(3)));
    assert_eq!(arf.original_mail_from.as_deref(), Some("somespammer@example.net"));
    assert_eq!(arf.original_rcpt_to, ["user@example.com"]);
    assert_eq!(arf.source_ip.as_deref(), Some("192.0.2.1"));
    assert!(arf.arrival_date.is_some() && arf.others.is_empty());
}
