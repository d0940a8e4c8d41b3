from django.urls import path

from cursitor.spine.work import views

app_name = "work"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("orders.<str:form>", views.export_orders, name="export_orders"),
    path("new", views.new_order, name="new_order"),
    path("tasks/", views.tasks, name="tasks"),
    path("questions/", views.questions, name="questions"),
    path("hand-offs/", views.hand_offs, name="hand_offs"),
    path("hand-offs/<int:pk>/", views.hand_off, name="hand_off"),
    path("hand-offs/<int:pk>/decline", views.decline_hand_off, name="decline_hand_off"),
    path("hand-offs/<int:pk>/withdraw", views.withdraw_hand_off, name="withdraw_hand_off"),
    path("files/<int:pk>", views.download_file, name="download_file"),
    path("<str:ref>/", views.order, name="order"),
    path("<str:ref>/draft", views.revise_draft, name="revise_draft"),
    path("<str:ref>/preflight", views.preflight, name="preflight"),
    path("<str:ref>/issue", views.issue, name="issue"),
    path("<str:ref>/step/<str:name>", views.step, name="step"),
    path("<str:ref>/clocks", views.order_clocks, name="order_clocks"),
    path("<str:ref>/policy", views.order_policy, name="order_policy"),
    path("<str:ref>/log", views.order_log, name="order_log"),
    path("<str:ref>/tasks/", views.order_tasks, name="order_tasks"),
    path("<str:ref>/tasks/claim", views.claim_next, name="claim_next"),
    path("<str:ref>/tasks/<int:number>/", views.task, name="task"),
    path("<str:ref>/tasks/<int:number>/assign", views.assign, name="assign"),
    path("<str:ref>/tasks/<int:number>/<str:act>", views.act_on_task, name="act_on_task"),
    path("<str:ref>/questions/", views.order_questions, name="order_questions"),
    path("<str:ref>/questions/new", views.ask, name="ask"),
    path("<str:ref>/questions/<int:number>/", views.question, name="question"),
    path("<str:ref>/hand-offs/", views.order_hand_offs, name="order_hand_offs"),
    path("<str:ref>/hand-offs/new", views.offer_hand_off, name="offer_hand_off"),
    path("<str:ref>/files/", views.order_files, name="order_files"),
    path("<str:ref>/releases/<int:version>.zip", views.download_all, name="download_all"),
]
