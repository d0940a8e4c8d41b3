from django.urls import include, path

from cursitor.lines.entry import views
from cursitor.lines.entry.keying import urls as bench

app_name = "entry"
urlpatterns = [
    path("<str:ref>/", views.order, name="order"),
    path("<str:ref>/definition/", views.definition, name="definition"),
    path("<str:ref>/definition/start", views.draft_start, name="draft_start"),
    path("<str:ref>/definition/draft", views.draft, name="draft"),
    path("<str:ref>/definition/draft/preview", views.draft_preview, name="draft_preview"),
    path("<str:ref>/definition/<int:version>/", views.definition_version, name="definition_version"),
    path("<str:ref>/definition/<int:version>.json", views.definition_export, name="definition_export"),
    path("<str:ref>/batches/", views.batch_list, name="batches"),
    path("<str:ref>/batches/<str:source>", views.collect, name="collect"),
    path("<str:ref>/batches/<int:number>/", views.batch, name="batch"),
    path("<str:ref>/batches/<int:number>/settle", views.settle_batch, name="settle_batch"),
    path("<str:ref>/files/<int:pk>/replace", views.replace_file, name="replace_file"),
    path("<str:ref>/pages/<int:pk>", views.page_image, name="page_image"),
    path("<str:ref>/records/", views.records, name="records"),
    path("<str:ref>/records/reopen", views.reopen, name="reopen"),
    path("<str:ref>/records/<int:number>/", views.record, name="record"),
    path("<str:ref>/records/<int:number>/correct", views.correct, name="correct"),
    path("<str:ref>/exceptions/", views.exceptions, name="exceptions"),
    path("<str:ref>/exceptions/records", views.settle_records, name="settle_records"),
    path("<str:ref>/accuracy/", views.accuracy, name="accuracy"),
    path("<str:ref>/gold/", views.gold, name="gold"),
    path("<str:ref>/gold/commit", views.commit_gold, name="commit_gold"),
    path("<str:ref>/gold/<int:number>/reveal", views.reveal_gold, name="reveal_gold"),
    path("<str:ref>/bench/<int:number>/", include(bench.paths("task"))),
    path("<str:ref>/gold/<int:number>/bench/", include(bench.paths("gold"))),
    path("<str:ref>/export/<str:table>.<str:form>", views.export, name="export"),
]
