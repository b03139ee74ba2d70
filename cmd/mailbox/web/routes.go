package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"mailbox/cases/people"
	"mailbox/sla/report"
)

// Route is one path and who may take it. Verb names the verb of the permission table that it leads to,
// if any; a test compares both.
type Route struct {
	Method string
	Path   string
	Who    Access
	Verb   people.Verb
	Handle echo.HandlerFunc
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is every path of the mailbox. Static files (/static/) stand outside: they know no visitor.
func (s *Server) routes() []Route {
	return []Route{
		// Machines.
		{get, "/healthz", anyone, "", s.alive},
		{get, "/readyz", anyone, "", s.ready},

		// Those who build pages, in an invented city.
		{get, "/_gallery", anyone, "", s.gallery},

		// Everybody.
		{get, "/", anyone, "", s.kept(s.home, nil)},
		{get, "/write", anyone, "", s.write},
		{post, "/write/check", anyone, "", s.limited(s.limits.check, s.checkLetter)},
		{get, "/write/check", anyone, "", toPath("/write")},
		{post, "/write/hints", anyone, "", s.limited(s.limits.hints, s.hints)},
		{post, "/write/answered", anyone, "", s.limited(s.limits.judge, s.answered)},
		{get, "/write/answered", anyone, "", toPath("/write")},
		{post, "/write", anyone, people.Submit, s.limited(s.limits.submit, s.sendLetter)},
		{get, "/receipt", ownLetter, "", s.receipt},
		{get, "/receipt/verify", anyone, "", s.askVerify},
		{post, "/receipt/verify", anyone, "", s.limited(s.limits.verify, s.verifyReceipt)},
		{get, "/receipt/keys.json", anyone, "", s.receiptKeys},
		{get, "/track", anyone, "", s.track},
		{post, "/track", anyone, "", s.limited(s.limits.track, s.proveLetter)},
		{get, "/track/open", anyone, "", s.limited(s.limits.track, s.openLetter)},
		{get, "/track/lost", anyone, "", s.askLost},
		{post, "/track/lost", anyone, "", s.limited(s.limits.lost, s.lostSecret)},
		{get, "/letters", anyone, "", s.kept(s.publishedLetters, s.Desk.PublicationsState)},
		{get, "/letters/feed", anyone, "", s.publishedFeed},
		{get, "/letters/:id", anyone, "", s.publishedLetter},
		{post, "/letters/:id/useful", anyone, "", s.limited(s.limits.judge, s.judgePublished)},
		{get, "/letters/:id/useful", anyone, "", s.backToPublished},
		{get, "/sitemap.xml", anyone, "", s.siteMapXML},
		{get, "/robots.txt", anyone, "", s.robots},
		{post, "/preferences", anyone, "", s.preferences},
		{get, "/privacy", anyone, "", s.plain("public/privacy")},
		{get, "/accessibility", anyone, "", s.plain("public/accessibility")},
		{get, "/contact", anyone, "", s.plain("public/contact")},
		{get, "/outbox", anyone, "", s.outbox},
		{get, "/outbox/:name", anyone, "", s.outboxMail},

		// The public board.
		{get, "/board", anyone, "", s.kept(s.showBoard, nil)},
		{get, "/board/csv", anyone, "", s.boardCSV},
		{get, "/board/json", anyone, "", s.boardJSON},
		{get, "/record/checkpoint.txt", anyone, "", s.checkpointText},
		{get, "/record/checkpoint.json", anyone, "", s.checkpointJSON},
		{get, openSchemaPath, anyone, "", s.showBoardSchema},

		// The writer of one letter.
		{get, "/track/letter", ownLetter, people.View, s.letter},
		{get, "/track/files/:file", ownLetter, people.View, s.letterFile},
		{get, "/track/receipt", ownLetter, people.View, s.signedReceipt},
		{post, "/track/rate", ownLetter, people.Rate, s.rate},
		{get, "/track/rate", ownLetter, "", toPath("/track/letter")},
		{get, "/track/withdraw", ownLetter, "", s.askWithdraw},
		{post, "/track/withdraw", ownLetter, people.Withdraw, s.withdraw},
		{post, "/track/material", ownLetter, people.AddMaterial, s.addMaterial},
		{get, "/track/material", ownLetter, "", toPath("/track/letter")},
		{post, "/track/rework", ownLetter, people.AskRework, s.askRework},
		{get, "/track/rework", ownLetter, "", toPath("/track/letter")},
		{post, "/track/other", ownLetter, people.View, s.openOther},
		{get, "/track/other", ownLetter, "", toPath("/track/letter")},
		{post, "/track/leave", anyone, "", s.leaveLetter},

		// Those who work here.
		{get, "/sign-in", anyone, "", s.askSignIn},
		{post, "/sign-in", anyone, "", s.limited(s.limits.signIn, s.signIn)},
		{get, "/sign-in/code", anyone, "", s.askCode},
		{post, "/sign-in/code", anyone, "", s.limited(s.limits.signIn, s.checkCode)},
		{get, ssoPath, anyone, "", s.limited(s.limits.signIn, s.beginSSO)},
		{get, ssoBack, anyone, "", s.limited(s.limits.signIn, s.endSSO)},
		{get, "/sign-in/forgotten", anyone, "", s.askForgotten},
		{post, "/sign-in/forgotten", anyone, "", s.limited(s.limits.forgotten, s.forgotten)},
		{get, newPasswordPath, anyone, "", s.askNewPassword},
		{post, newPasswordPath, anyone, "", s.limited(s.limits.signIn, s.setNewPassword)},
		{post, "/sign-out", anyone, "", s.signOut},
		{get, "/account/password", signedIn, "", s.askPassword},
		{post, "/account/password", signedIn, "", s.changePassword},
		{get, "/account/sign-ins", signedIn, "", s.ownSignIns},
		{post, "/account/sign-ins/others", signedIn, "", s.endOtherSignIns},
		{post, "/account/sign-ins/:id/end", signedIn, "", s.endSignIn},
		{get, "/account/sign-ins/:what", signedIn, "", toPath("/account/sign-ins")},
		{get, "/account/sign-ins/:id/:what", signedIn, "", toPath("/account/sign-ins")},
		{get, tokensPath, signedIn, "", s.ownTokens},
		{post, tokensPath, signedIn, "", s.makeToken},
		{post, tokensPath + "/:id/revoke", signedIn, "", s.revokeToken},
		{get, tokensPath + "/:id/:what", signedIn, "", toPath(tokensPath)},
		{get, "/account/notices", signedIn, "", s.inbox},
		{post, "/account/notices/read", signedIn, "", s.readNews},
		{get, "/account/notices/settings", signedIn, "", s.askNoticeSettings},
		{post, "/account/notices/settings", signedIn, "", s.setNotices},
		{get, "/account/notices/:what", signedIn, "", toPath("/account/notices")},
		{get, "/account/second-factor", signedIn, "", s.askFactor},
		{post, "/account/second-factor", signedIn, "", s.takeFactor},
		{post, "/account/second-factor/codes", signedIn, "", s.renewRecovery},
		{post, "/account/second-factor/end", signedIn, "", s.endFactor},
		{get, "/account/second-factor/:what", signedIn, "", toPath(factorPath)},

		// Desks: what each of them has to do.
		{get, "/desk", signedIn, "", s.desk},
		{get, eventsPath, signedIn, "", s.events},
		{get, "/desk/office", office, "", s.officeDesk},
		{post, "/desk/office/batch", office, people.Route, s.officeBatch},
		{post, "/desk/office/take-back", office, people.TakeBack, s.officeTakeBack},
		{get, "/desk/office/:what", office, "", toPath("/desk/office")},
		{get, "/desk/department", ofDepartment, people.View, s.departmentDesk},
		{get, "/desk/supervision", watchers, people.View, s.supervisionDesk},
		{get, "/desk/calls", overseers, people.RecordRating, s.followUps},
		{post, "/desk/calls/:number", overseers, people.RecordRating, s.beginCall},
		{get, "/desk/calls/:number", overseers, "", toPath(callsPath)},
		{post, "/desk/calls/:number/end", overseers, people.RecordRating, s.endCall},
		{get, "/desk/calls/:number/end", overseers, "", toPath(callsPath)},
		{get, "/desk/publish", office, people.Publish, s.awaitPublish},
		{post, "/desk/department/approval", staff(people.Leader), "", s.ownApproval},
		{post, "/desk/views", readers, "", s.saveList},
		{post, "/desk/views/:id/rename", readers, "", s.renameList},
		{post, "/desk/views/:id/drop", readers, "", s.dropList},
		{get, "/desk/views", readers, "", toPath("/desk")},
		{get, "/desk/views/:id/:what", readers, "", toPath("/desk")},
		{get, "/desk/letters/new", office, people.Submit, s.askRecord},
		{post, "/desk/letters/new", office, people.Submit, s.recordLetter},

		// Finding cases.
		{get, findPath, readers, people.View, s.findCases},
		{post, "/search/writer", ofContact, people.ViewContact, s.limited(s.limits.seek, s.seekWriter)},
		{get, "/search/writer", ofContact, "", toPath(findPath)},
		{get, "/export", readers, people.View, s.askExport},
		{post, "/export", readers, people.View, s.limited(s.limits.export, s.export)},

		// A case and everything the staff can do to it.
		{get, "/cases/:number", readers, people.View, s.showCase},
		{get, "/cases/:number/presence", readers, people.View, s.presence},
		{post, "/cases/:number/presence", readers, people.View, s.presence},
		{get, "/cases/:number/deadline", readers, people.View, s.showDeadline},
		{get, "/cases/:number/files/:file", readers, people.View, s.caseFile},
		{get, "/cases/:number/suggestion", overseers, people.View, s.showSuggestion},
		{get, "/cases/:number/publish", office, people.Publish, s.askPublish},
		{post, "/cases/:number/publish", office, people.Publish, s.doPublish},
		{post, "/cases/:number/publish/preview", office, people.Publish, s.previewPublish},
		{get, "/cases/:number/publish/preview", office, people.Publish, s.backToPublish},
		{post, "/cases/:number/unpublish", office, people.Unpublish, s.doUnpublish},
		{post, "/cases/:number/keep-private", office, people.KeepPrivate, s.doKeepPrivate},
		{post, "/cases/:number/contact", onCases, people.ViewContact, s.showContact},
		{get, "/cases/:number/:verb", readers, people.View, s.backToCase},
		{post, "/cases/:number/accept", office, people.Accept, s.doDeed(people.Accept)},
		{post, "/cases/:number/decline", overseers, people.Decline, s.doDeed(people.Decline)},
		{post, "/cases/:number/decline/fill", overseers, people.Decline, s.fillDeed(people.Decline)},
		{post, "/cases/:number/route", office, people.Route, s.doDeed(people.Route)},
		{post, "/cases/:number/acknowledge", ofDepartment, people.Acknowledge, s.doDeed(people.Acknowledge)},
		{post, "/cases/:number/reply", ofDepartment, people.Reply, s.doDeed(people.Reply)},
		{post, "/cases/:number/reply/preview", ofDepartment, people.Reply, s.previewReply(people.Reply)},
		{get, "/cases/:number/reply/preview", readers, people.View, s.backToCase},
		{post, "/cases/:number/answer", office, people.Answer, s.doDeed(people.Answer)},
		{post, "/cases/:number/close", office, people.Close, s.doDeed(people.Close)},
		{post, "/cases/:number/return", ofDepartment, people.Return, s.doDeed(people.Return)},
		{post, "/cases/:number/reassign", overseers, people.Reassign, s.doDeed(people.Reassign)},
		{post, "/cases/:number/ask-assist", overseers, people.AskAssist, s.doDeed(people.AskAssist)},
		{post, "/cases/:number/contribute", ofDepartment, people.Contribute, s.doDeed(people.Contribute)},
		{post, "/cases/:number/send-back", office, people.SendBack, s.doDeed(people.SendBack)},
		{post, "/cases/:number/send-back/fill", office, people.SendBack, s.fillDeed(people.SendBack)},
		{post, "/cases/:number/void", overseers, people.Void, s.doDeed(people.Void)},
		{post, "/cases/:number/supplement", office, people.Supplement, s.doDeed(people.Supplement)},
		{post, "/cases/:number/record-rating", overseers, people.RecordRating, s.doDeed(people.RecordRating)},
		{post, "/cases/:number/merge", overseers, people.Merge, s.doDeed(people.Merge)},
		{post, "/cases/:number/split", office, people.Split, s.doDeed(people.Split)},
		{post, "/cases/:number/take-back", office, people.TakeBack, s.doDeed(people.TakeBack)},
		{post, "/cases/:number/reopen", supervision, people.Reopen, s.doDeed(people.Reopen)},
		{post, "/cases/:number/correct", overseers, people.Correct, s.doDeed(people.Correct)},
		{post, "/cases/:number/instruct", overseers, people.Instruct, s.doDeed(people.Instruct)},
		{post, "/cases/:number/mark-confidential", office, people.MarkConfidential, s.doDeed(people.MarkConfidential)},
		{post, "/cases/:number/lift-confidential", office, people.LiftConfidential, s.doDeed(people.LiftConfidential)},
		{post, "/cases/:number/accuse", overseers, people.Accuse, s.doDeed(people.Accuse)},
		{post, "/cases/:number/ask-exception", overseers, people.AskException, s.doDeed(people.AskException)},
		{post, "/cases/:number/grant-exception", overseers, people.GrantException, s.doDeed(people.GrantException)},
		{post, "/cases/:number/refuse-exception", overseers, people.RefuseException, s.doDeed(people.RefuseException)},
		{post, "/cases/:number/new-secret", office, people.NewSecret, s.newSecret},

		// What is written down beside it.
		{post, "/cases/:number/note", onCases, people.Note, s.addNote},
		{post, "/cases/:number/log-contact", telephoners, people.LogContact, s.logContact},

		// Its time: asked for, waited for, given again, and what supervision does about it.
		{post, "/cases/:number/ask-extension", ofDepartment, people.AskExtension, s.doDeed(people.AskExtension)},
		{post, "/cases/:number/grant-extension", supervision, people.GrantExtension, s.doDeed(people.GrantExtension)},
		{post, "/cases/:number/refuse-extension", supervision, people.RefuseExtension, s.doDeed(people.RefuseExtension)},
		{post, "/cases/:number/ask-writer", ofDepartment, people.AskWriter, s.doDeed(people.AskWriter)},
		{post, "/cases/:number/grant-rework", overseers, people.GrantRework, s.doDeed(people.GrantRework)},
		{post, "/cases/:number/refuse-rework", overseers, people.RefuseRework, s.doDeed(people.RefuseRework)},
		{post, "/cases/:number/remind", supervision, people.Remind, s.doDeed(people.Remind)},
		{post, "/cases/:number/order", supervision, people.Order, s.doDeed(people.Order)},
		{post, "/cases/:number/answer-order", ofDepartment, people.AnswerOrder, s.doDeed(people.AnswerOrder)},
		{post, "/cases/:number/propose", staff(people.Handler), people.Propose, s.doDeed(people.Propose)},
		{post, "/cases/:number/propose/preview", staff(people.Handler), people.Propose, s.previewReply(people.Propose)},
		{get, "/cases/:number/propose/preview", readers, people.View, s.backToCase},
		{post, "/cases/:number/sign-off", staff(people.Leader), people.SignOff, s.doDeed(people.SignOff)},
		{post, "/cases/:number/turn-back", staff(people.Leader), people.TurnBack, s.doDeed(people.TurnBack)},
		{post, "/cases/:number/turn-back/fill", staff(people.Leader), people.TurnBack, s.fillDeed(people.TurnBack)},
		{get, "/cases/:number/:verb/fill", readers, people.View, s.backToCase},
		{post, "/cases/:number/assign", ofDepartment, people.Assign, s.doDeed(people.Assign)},
		{post, "/cases/:number/apply-policy", supervision, people.ApplyPolicy, s.doDeed(people.ApplyPolicy)},

		// Figures.
		{get, "/reports", signedIn, "", s.reportOn("overview", "", s.reportOverview)},
		{get, "/reports/departments", signedIn, "", s.reportOn("departments", report.ByDepartment, s.reportDepartments)},
		{get, "/reports/department/:id", signedIn, "", s.reportDepartment},
		{get, "/reports/time", signedIn, "", s.reportOn("time", report.ByMonth, s.reportTime)},
		{get, "/reports/speed", signedIn, "", s.reportOn("speed", report.ByDepartment, s.reportSpeed)},
		{get, "/reports/satisfaction", signedIn, "", s.reportOn("satisfaction", report.ByDepartment, s.reportSatisfaction)},
		{get, "/reports/topics", signedIn, "", s.reportOn("topics", report.ByTopic, s.reportTopics)},
		{get, "/reports/conduct", signedIn, "", s.reportOn("conduct", report.ByDepartment, s.reportConduct)},
		{get, "/reports/appraisal", signedIn, "", s.reportOn("appraisal", report.ByDepartment, s.reportAppraisal)},
		{get, "/reports/how", anyone, "", s.howFigures},
		{get, "/reports/cases", readers, people.View, s.figureCases},
		{get, "/reports/csv", signedIn, "", s.figureCSV},
		{get, "/reports/json", signedIn, "", s.figureJSON},
		{get, "/reports/xlsx", signedIn, "", s.figureXLSX},
		{get, "/reports/written", signedIn, "", s.writtenReport},
		{get, "/reports/written/html", signedIn, "", s.writtenHTML},
		{get, "/reports/written/docx", signedIn, "", s.writtenDOCX},
		{get, storedPath, signedIn, "", s.storedReports},
		{get, storedPath + "/:id", signedIn, "", s.storedReport},
		{get, storedPath + "/:id/files/:file", signedIn, "", s.storedFile},
		{get, closingsPath, signedIn, "", s.closings},
		{post, closingsPath, supervision, "", s.closePeriod},
		{get, closingsPath + "/new", supervision, "", s.askClosing},
		{get, closingsPath + "/:id", signedIn, "", s.closing},
		{get, closingsPath + "/:id/cases", readers, people.View, s.closingCases},
		{get, closingsPath + "/:id/json", allReaders, people.View, s.closingJSON},

		// Programs, by a token and never by a session; openapi.yaml describes these.
		{get, "/api/v1/openapi.yaml", anyone, "", s.apiDescription},
		{get, "/api/v1/figures", byToken(people.ReadFigures, signedIn), "", s.apiFigures},
		{get, "/api/v1/figures/cases", byToken(people.ReadCases, readers), people.View, s.apiFigureCases},
		{get, "/api/v1/cases", byToken(people.ReadCases, readers), people.View, s.apiCases},
		{get, "/api/v1/cases/:number", byToken(people.ReadCases, readers), people.View, s.apiCase},
		{get, "/api/v1/departments", byToken("", signedIn), "", s.apiDepartments},

		// What many write about.
		{get, "/hot", allReaders, people.View, s.hotIssues},
		{get, "/hot/:id", allReaders, people.View, s.hotIssue},

		// Administration.
		{get, "/admin/sign-ins", staff(people.Administrator, people.Auditor), "", s.adminSignIns},
		{get, adminTokensPath, auditors, "", s.adminTokens},
		{post, adminTokensPath + "/:id/revoke", keepers, "", s.revokeAnyToken},
		{get, adminTokensPath + "/:id/:what", keepers, "", toPath(adminTokensPath)},
		{get, "/admin/audit", auditors, "", s.adminAudit},
		{get, "/admin/looks", staff(people.Administrator, people.Auditor), "", s.adminLooks},
		{get, "/admin/exports", staff(people.Administrator, people.Auditor), "", s.adminExports},
		{get, "/admin/people", keepers, "", s.adminPeople},
		{post, "/admin/people", keepers, "", s.addPerson},
		{post, "/admin/people/:id/disable", keepers, "", s.disablePerson},
		{post, "/admin/people/:id/enable", keepers, "", s.enablePerson},
		{post, "/admin/people/:id/password", keepers, "", s.resetPassword},
		{post, "/admin/people/:id/second-factor", keepers, "", s.removeFactor},
		{get, "/admin/people/:id", keepers, "", s.adminPerson},
		{post, "/admin/people/:id/details", keepers, "", s.changeDetails},
		{post, "/admin/people/:id/roles", keepers, "", s.giveRole},
		{post, "/admin/people/:id/end-role", keepers, "", s.endRole},
		{get, "/admin/people/:id/:what", keepers, "", s.toPerson},
		{get, "/admin/departments", keepers, "", s.adminDepartments},
		{post, "/admin/departments", keepers, "", s.addDepartment},
		{post, "/admin/departments/:id/confirm", keepers, "", s.confirmDepartment},
		{get, "/admin/departments/:id/end", keepers, "", s.askEnding},
		{post, "/admin/departments/:id/merge", keepers, "", s.mergeDepartment},
		{post, "/admin/departments/:id/dissolve", keepers, "", s.dissolveDepartment},
		{post, "/admin/departments/:id/duties", keepers, "", s.setDuties},
		{post, "/admin/departments/:id/approval", keepers, "", s.setApproval},
		{get, "/admin/departments/:id/:what", keepers, "", toPath("/admin/departments")},
		{get, "/admin/calendar", keepers, "", s.adminCalendar},
		{post, "/admin/calendar", keepers, "", s.loadCalendar},
		{post, "/admin/calendar/preview", keepers, "", s.previewCalendar},
		{get, "/admin/calendar/preview", keepers, "", toPath("/admin/calendar")},
		{get, "/admin/policies", keepers, "", s.adminPolicies},
		{get, "/admin/policies/new", keepers, "", s.newPolicy},
		{post, "/admin/policies", keepers, "", s.loadPolicy},
		{post, "/admin/policies/preview", keepers, "", s.previewPolicy},
		{get, "/admin/policies/preview", keepers, "", toPath("/admin/policies/new")},
		{get, "/admin/policies/:version/json", keepers, "", s.policyJSON},
		{get, "/admin/routing", ruleKeepers, "", s.adminRouting},
		{post, "/admin/routing", ruleKeepers, "", s.saveRouting},
		{post, "/admin/routing/preview", ruleKeepers, "", s.tryRouting},
		{get, "/admin/routing/preview", ruleKeepers, "", toPath("/admin/routing")},
		{get, templatesPath, templateKeepers, "", s.adminTemplates},
		{get, templatePath, templateKeepers, "", s.editTemplate},
		{post, templatePath, templateKeepers, "", s.saveTemplate},
		{post, "/admin/templates/end", templateKeepers, "", s.endTemplate},
		{get, "/admin/templates/:what", templateKeepers, "", toPath(templatesPath)},
		{get, adminAppraisalPath, reportKeepers, "", s.askAppraisal},
		{post, adminAppraisalPath, reportKeepers, "", s.setAppraisal},
		{get, adminReportsPath, reportKeepers, "", s.adminReports},
		{post, adminReportsPath, reportKeepers, "", s.addRecipient},
		{post, adminReportsPath + "/:id/end", reportKeepers, "", s.endRecipient},
		{get, adminReportsPath + "/:id/:what", reportKeepers, "", toPath(adminReportsPath)},
		{get, "/admin/notices", keepers, "", s.deadNotices},
		{post, "/admin/notices/:id/revive", keepers, "", s.reviveNotice},
		{post, "/admin/notices/revive", keepers, "", s.reviveNotices},
		{get, "/admin/notices/revive", keepers, "", toPath("/admin/notices")},
		{get, "/admin/wording", keepers, "", s.adminWording},
		{get, "/admin/jobs", keepers, "", s.adminJobs},
		{post, "/admin/jobs/run", keepers, "", s.runJob},
		{post, "/admin/jobs/delete", keepers, "", s.deleteJob},
		{get, "/admin/jobs/:what", keepers, "", toPath(jobsPath)},
		{get, "/admin/settings", keepers, "", s.adminSettings},
	}
}

// toPath leads a reload of a page that only a form can open back to where the form stands.
func toPath(path string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, path) }
}

// navItem is a link of the main navigation: shown to those whom its route lets in.
type navItem struct {
	path string
	word string // key of the dictionary
}

// publicNav is for everybody; deskNav for those who have signed in. The first desk that lets somebody
// in is where a sign-in leads.
var (
	publicNav = []navItem{{"/", "nav.home"}, {"/write", "nav.write"}, {"/track", "nav.track"}, {"/letters", "nav.letters"}, {"/board", "nav.board"}, {"/outbox", "nav.outbox"}}
	deskNav   = []navItem{
		{"/desk/office", "nav.office"},
		{"/desk/publish", "nav.publish"},
		{"/desk/department", "nav.department"},
		{"/desk/supervision", "nav.supervision"},
		{"/desk/calls", "nav.calls"},
		{findPath, "nav.search"},
		{"/admin/people", "nav.people"},
		{"/admin/departments", "nav.departments"},
		{"/admin/calendar", "nav.calendar"},
		{"/admin/policies", "nav.policies"},
		{"/admin/routing", "nav.routing"},
		{templatesPath, "nav.templates"},
		{"/admin/notices", "nav.notices"},
		{"/admin/sign-ins", "nav.sign_ins"},
		{"/admin/exports", "nav.exports"},
		{adminTokensPath, "nav.tokens"},
		{"/admin/audit", "nav.audit"},
		{"/admin/jobs", "nav.jobs"},
		{"/admin/settings", "nav.settings"},
		{"/admin/looks", "nav.looks"},
		{"/hot", "nav.hot"},
		{"/reports", "nav.reports"},
		{"/outbox", "nav.outbox"},
	}
)

// navFor gives the links for this visitor, the one that path lies under marked.
func (s *Server) navFor(v *visit, path string) []NavLink {
	items := publicNav
	if v.signedIn() {
		items = deskNav
	}
	var links []NavLink
	for _, item := range items {
		if !s.admits(item.path, v) {
			continue
		}
		links = append(links, NavLink{Href: item.path, Label: s.words.in(v.lang, item.word), Current: under(path, item.path)})
	}
	return links
}

// admits tells whether the page at path would let the visitor in.
func (s *Server) admits(path string, v *visit) bool {
	if path == "/outbox" {
		return s.mayReadOutbox(v)
	}
	i := slices.IndexFunc(s.table, func(r Route) bool { return r.Method == get && r.Path == path })
	return i >= 0 && s.table[i].Who.admits(v)
}
